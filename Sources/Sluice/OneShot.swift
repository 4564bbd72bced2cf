/// A bell that is rung once and stays rung: what a blocked caller sleeps on.
final class OneShot: Sendable {
    private let word = FutexWord()

    func ring() { word.bump() }

    /// Blocks until the bell has been rung.
    func wait() {
        while word.load() == 0 { word.sleep(while: 0) }
    }
}
