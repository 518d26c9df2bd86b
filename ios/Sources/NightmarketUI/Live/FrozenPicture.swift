import Foundation
import Nightmarket

/// The picture that the shopper points at: of one moment, cropped to fill a frame.
struct FrozenPicture: Equatable, Sendable {
    /// Programme time of it, milliseconds.
    let moment: Timestamp
    /// Where the finger was.
    var spot: Spot?

    /// The spot of the picture under a point of a frame that the picture fills, from its middle outwards. None while the
    /// picture has no shape.
    static func spot(at point: CGPoint, in frame: CGSize, picture: CGSize) -> Spot? {
        guard let shown = filling(frame, picture: picture) else { return nil }
        func perMille(_ value: CGFloat, _ origin: CGFloat, _ length: CGFloat) -> UInt16 {
            UInt16(min(max((value - origin) / length * 1_000, 0), 1_000).rounded())
        }
        return Spot(
            x: perMille(point.x, shown.minX, shown.width), y: perMille(point.y, shown.minY, shown.height))
    }

    /// Where a spot of the picture is in the frame.
    static func point(of spot: Spot, in frame: CGSize, picture: CGSize) -> CGPoint? {
        guard let shown = filling(frame, picture: picture) else { return nil }
        return CGPoint(
            x: shown.minX + shown.width * CGFloat(spot.x) / 1_000,
            y: shown.minY + shown.height * CGFloat(spot.y) / 1_000)
    }

    private static func filling(_ frame: CGSize, picture: CGSize) -> CGRect? {
        guard picture.width > 0, picture.height > 0, frame.width > 0, frame.height > 0 else { return nil }
        let scale = max(frame.width / picture.width, frame.height / picture.height)
        let (width, height) = (picture.width * scale, picture.height * scale)
        return CGRect(
            x: (frame.width - width) / 2, y: (frame.height - height) / 2, width: width, height: height)
    }
}
