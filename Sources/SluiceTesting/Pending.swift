internal import SluiceModel
extension Cluster { func waitUntilAlive() async throws(SluiceError) {} }
