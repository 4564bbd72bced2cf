import SharedMemory
import SluiceModel
import Wire

// What workers and the coordinator say to each other about plans: passed on, not looked into.
extension ControlLoop {
    /// Asks the coordinator for as long as the worker waits; it is asked again on every new connection.
    func passOn(_ call: [UInt8], _ timeout: Timeout, _ worker: WorkerPeer, _ request: UInt64) {
        let life = worker.life
        let asked = coordinator.ask(
            .planCall(call, timeout: timeout, life: life, pid: worker.identity.pid), until: deadline(timeout)
        ) { [weak self] result in
            guard let self, let worker = self.workers[life] else { return }
            worker.underWay[request] = nil
            switch result {
            case .success(.planAnswer(let answer)):
                guard let connection = worker.connection else { return }
                self.sendPages(of: answer, request, connection) { .planAnswer($0) }
            case .success: break
            case .failure(let error): self.tell(worker, .failed(error), request: request)
            }
        }
        worker.underWay[request] = .plan(coordinatorRequest: asked)
    }
}
