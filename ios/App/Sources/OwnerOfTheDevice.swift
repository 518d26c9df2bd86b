#if canImport(LocalAuthentication)
import LocalAuthentication
import Nightmarket

/// Asks for face, finger or passcode.
final class OwnerOfTheDevice: DeviceAuthentication {
    /// False if they called it off or are somebody else; an error if the device has no lock to ask with.
    func authenticate(reason: String) async throws -> Bool {
        let context = LAContext()
        do {
            return try await context.evaluatePolicy(.deviceOwnerAuthentication, localizedReason: reason)
        } catch let error as LAError {
            switch error.code {
            case .userCancel, .appCancel, .systemCancel, .authenticationFailed, .userFallback: return false
            default: throw HostError.Failed(reason: "device authentication: \(error.code.rawValue)")
            }
        }
    }
}
#endif
