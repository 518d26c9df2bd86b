import Foundation
import Nightmarket

/// Who the app is at the sandbox on the same Mac. An app of its own has its sign-in, its ways to pay and its address book here.
enum SandboxShopper {
    static let address = PostalAddress(
        extendedAddress: nil, streetAddress: "88 Harbour Road", addressLocality: "Shanghai", addressRegion: "SH",
        addressCountry: "CN", postalCode: "200000", firstName: nil, lastName: nil, phoneNumber: nil)

    /// Nobody anywhere but on loopback: the token and the card are the sandbox's.
    static func signIn(to venue: String, _ host: inout HostApp) {
        guard let name = URL(string: venue)?.host(), ["127.0.0.1", "localhost", "::1"].contains(name) else { return }
        host.tokens = SandboxToken()
        host.buyer = SandboxBuyer()
        let info = InstrumentInfo(
            id: "card", handlers: ["*"], kind: "card", label: "Test card", silent: true)
        host.instruments = [(info: info, instrument: SandboxCard())]
    }
}

private final class SandboxToken: TokenProvider {
    func token(audience: Audience, scopes: [String], challenge: String?) async throws -> String? { "token:phone" }
}

private final class SandboxCard: Instrument {
    func credential(request: CredentialRequest) async throws -> String { #"{"type":"token","token":"tok_success"}"# }
}

private final class SandboxBuyer: BuyerProvider {
    func buyer(shop: ShopDomain) async throws -> Buyer {
        let home = SandboxShopper.address
        let fields = [
            "street_address": home.streetAddress, "address_locality": home.addressLocality,
            "address_region": home.addressRegion, "postal_code": home.postalCode,
            "address_country": home.addressCountry,
        ]
        let address = try JSONEncoder().encode(fields.compactMapValues(\.self))
        return Buyer(
            json: #"{"email":"shopper@example.com","first_name":"Night","last_name":"Shopper"}"#,
            address: Address(id: "home", json: String(decoding: address, as: UTF8.self)))
    }
}
