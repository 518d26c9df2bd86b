#if canImport(Security)
import Foundation
import Nightmarket
import Security

/// The key under which the core seals secrets on disk, in the Keychain of this device only.
final class KeychainKey: SecretStore {
    private static let length = 32
    private let query: [String: any Sendable] = [
        kSecClass as String: kSecClassGenericPassword as String,
        kSecAttrService as String: "app.nightmarket.sealing-key",
        kSecAttrAccount as String: "shopper",
    ]

    /// Made on first use. Readable once the device was unlocked after it started, so that a push in the pocket finds it.
    func sealingKey() throws -> Data {
        var wanted = query
        wanted[kSecReturnData as String] = true
        var found: CFTypeRef?
        switch SecItemCopyMatching(wanted as CFDictionary, &found) {
        case errSecSuccess:
            guard let key = found as? Data, key.count == Self.length else {
                throw HostError.Failed(reason: "the key in the keychain is damaged")
            }
            return key
        case errSecItemNotFound:
            return try make()
        case let status:
            throw HostError.Failed(reason: "keychain status \(status)")
        }
    }

    private func make() throws -> Data {
        var key = Data(count: Self.length)
        let drawn = key.withUnsafeMutableBytes { bytes in
            SecRandomCopyBytes(kSecRandomDefault, bytes.count, bytes.baseAddress!)
        }
        guard drawn == errSecSuccess else { throw HostError.Failed(reason: "no random bytes: \(drawn)") }
        var item = query
        item[kSecAttrAccessible as String] = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly as String
        item[kSecValueData as String] = key
        let kept = SecItemAdd(item as CFDictionary, nil)
        guard kept == errSecSuccess else { throw HostError.Failed(reason: "keychain status \(kept)") }
        return key
    }
}
#endif
