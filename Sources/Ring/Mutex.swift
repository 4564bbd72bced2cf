internal import SharedMemory

/// In this module a mutex is one that works in a forked child.
typealias Mutex<State> = Guarded<State>
