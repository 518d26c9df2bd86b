import Nightmarket
import SwiftUI

/// A post: picture, author, words, what it is about.
struct PostCard: View {
    @Environment(\.strings) private var strings
    @Environment(\.palette) private var palette
    let post: Post
    let isLiked: Bool
    let open: @MainActor () -> Void
    let like: @MainActor () -> Void
    let buy: @MainActor (Product) -> Void

    var body: some View {
        VStack(alignment: .leading, spacing: 0) {
            picture
            VStack(alignment: .leading, spacing: Space.small) {
                author
                if !post.text.isEmpty {
                    Text(verbatim: post.text)
                        .textSize(.body)
                        .foregroundStyle(palette.ink.color)
                        .frame(maxWidth: .infinity, alignment: .leading)
                }
                ForEach(post.products, id: \.item) { product in
                    ProductChip(product: product) { buy(product) }
                }
            }
            .padding(Space.medium)
        }
        .card()
    }

    /// Of a live author it leads into the room.
    @ViewBuilder private var picture: some View {
        if post.live == nil {
            media
        } else {
            Button(action: open) { media }
                .buttonStyle(.plain)
        }
    }

    private var media: some View {
        Rectangle()
            .fill(palette.line.color)
            .aspectRatio(4.0 / 5.0, contentMode: .fit)
            .overlay {
                if let first = post.media.first {
                    Picture(address: first.url, alt: first.alt ?? post.host.name)
                }
            }
            .overlay(alignment: .topLeading) {
                if let live = post.live {
                    HStack(spacing: Space.hair) {
                        Badge(words: strings(.live), ink: palette.onLantern.color, ground: palette.lantern.color)
                        Badge(
                            words: strings(.viewers, Amounts.people(live.viewers, in: strings.language)),
                            ink: Palette.dark.ink.color, ground: Palette.dark.ground.color)
                    }
                    .padding(Space.small)
                }
            }
            .clipped()
    }

    private var author: some View {
        HStack(spacing: Space.small) {
            Picture(address: post.host.avatarUrl)
                .frame(width: 32, height: 32)
                .clipShape(Circle())
            Text(verbatim: post.host.name)
                .textSize(.second, weight: .semibold)
                .foregroundStyle(palette.ink.color)
                .frame(maxWidth: .infinity, alignment: .leading)
            Button(action: like) {
                Image(systemName: isLiked ? "heart.fill" : "heart")
                    .foregroundStyle(isLiked ? palette.lantern.color : palette.inkSoft.color)
                    .touchable()
            }
            .buttonStyle(.plain)
            .accessibilityLabel(Text(verbatim: strings(isLiked ? .liked : .like)))
            .accessibilityAddTraits(isLiked ? .isSelected : [])
        }
    }
}

/// A product with its price, to tap.
struct ProductChip: View {
    @Environment(\.palette) private var palette
    let product: Product
    let buy: @MainActor () -> Void

    var body: some View {
        Button(action: buy) {
            HStack(spacing: Space.small) {
                Thumbnail(address: product.imageUrl, side: 40)
                Text(verbatim: product.title)
                    .textSize(.second)
                    .foregroundStyle(palette.ink.color)
                    .multilineTextAlignment(.leading)
                    .frame(maxWidth: .infinity, alignment: .leading)
                Text(verbatim: product.price.shown)
                    .price(.second)
                    .foregroundStyle(palette.lantern.color)
            }
            .padding(Space.small)
            .frame(minHeight: Space.touch)
            .background(palette.ground.color, in: RoundedRectangle(cornerRadius: Space.cardCorner))
        }
        .buttonStyle(.plain)
        .accessibilityElement(children: .combine)
    }
}
