internal import SluiceModel
extension Cluster { func waitUntilAlive() async throws(SluiceError) {} }
extension ClusterPlan { func makeKeys() throws(SluiceError) {} }
