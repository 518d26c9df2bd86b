import Foundation
import Nightmarket
import SwiftUI

/// All screens in one: the feed, the orders, the threshold; the room, the buy card and a return come over them.
public struct NightmarketApp<Video: View>: View {
    @Environment(\.strings) private var strings
    @Environment(\.scenePhase) private var scenePhase
    @State private var feed: FeedModel
    @State private var orders: OrdersModel
    @State private var threshold: ThresholdModel
    @State private var room: RoomModel?
    @State private var buying: BuyModel?
    @State private var buyingInRoom: BuyModel?
    @State private var giving: ReturnModel?

    private let shopper: Shopper
    private let network: NetworkModel
    private let pickupAddress: PostalAddress
    private let signIn: @MainActor () -> Void
    private let video: @MainActor (VideoRequest) -> Video

    /// `currencies` can be given a threshold, `pickupAddress` is where couriers come to, `video` draws a stream.
    public init(
        shopper: Shopper, network: NetworkModel, currencies: [Currency], pickupAddress: PostalAddress,
        signIn: @escaping @MainActor () -> Void, @ViewBuilder video: @escaping @MainActor (VideoRequest) -> Video
    ) {
        self.shopper = shopper
        self.network = network
        self.pickupAddress = pickupAddress
        self.signIn = signIn
        self.video = video
        _feed = State(wrappedValue: FeedModel(shopper: shopper))
        _orders = State(wrappedValue: OrdersModel(shopper: shopper))
        _threshold = State(wrappedValue: ThresholdModel(shopper: shopper, currencies: currencies))
    }

    public var body: some View {
        TabView {
            tab(.feed, symbol: "sparkles") {
                FeedScreen(
                    model: feed,
                    land: { room = RoomModel(shopper: shopper, room: $0) },
                    buy: { buying = model(of: .item(shop: $0.shop, item: $0.item)) },
                    signIn: signIn)
            }
            tab(.orders, symbol: "shippingbox") {
                OrdersScreen(model: orders, giveBack: { giving = model(of: $0) }, signIn: signIn)
            }
            tab(.threshold, named: .oneTap, symbol: "bolt") {
                ThresholdScreen(model: threshold)
            }
        }
        .cover(item: $room) { room in
            RoomScreen(
                model: room, buy: { buyingInRoom = model(of: $0) },
                move: { self.room = RoomModel(shopper: shopper, room: $0) }, leave: { self.room = nil }, signIn: signIn,
                video: video
            )
            .sheet(item: $buyingInRoom) { buying in
                card(buying)
            }
        }
        .sheet(item: $buying) { buying in
            card(buying)
        }
        .sheet(item: $giving) { giving in
            NavigationStack {
                ReturnScreen(model: giving, signIn: signIn)
                    .navigationTitle(Text(verbatim: strings(.returnTitle)))
            }
            .nightmarketTheme()
        }
        .nightmarketTheme()
        .onChange(of: scenePhase) { _, phase in
            Task { await live(in: phase) }
        }
    }

    private func tab(
        _ title: StringKey, named name: StringKey? = nil, symbol: String, @ViewBuilder content: () -> some View
    ) -> some View {
        NavigationStack {
            content()
                .navigationTitle(Text(verbatim: strings(title)))
        }
        .tabItem {
            Label {
                Text(verbatim: strings(name ?? title))
            } icon: {
                Image(systemName: symbol)
            }
        }
    }

    private func card(_ buying: BuyModel) -> some View {
        BuyCard(model: buying, signIn: signIn)
            .presentationDetents([.medium, .large])
            .presentationCornerRadius(Space.sheetCorner)
            .nightmarketTheme()
    }

    private func model(of wish: BuyWish) -> BuyModel {
        BuyModel(shopper: shopper, wish: wish, network: network)
    }

    private func model(of entry: OrderEntry) -> ReturnModel {
        ReturnModel(shopper: shopper, shop: entry.shop, order: entry.id, address: pickupAddress)
    }

    /// A closed Shopper cannot be woken, and there is nothing to say about that here.
    private func live(in phase: ScenePhase) async {
        switch phase {
        case .active: try? await shopper.foreground()
        case .background: try? await shopper.background()
        default: break
        }
    }
}

extension View {
    /// Over everything, where there is such a thing.
    fileprivate func cover<Item: Identifiable>(
        item: Binding<Item?>, @ViewBuilder content: @escaping (Item) -> some View
    ) -> some View {
        #if os(macOS)
        sheet(item: item, content: content)
        #else
        fullScreenCover(item: item, content: content)
        #endif
    }
}
