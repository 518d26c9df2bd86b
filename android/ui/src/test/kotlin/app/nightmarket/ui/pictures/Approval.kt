package app.nightmarket.ui.pictures

import java.awt.image.BufferedImage
import java.awt.image.DataBufferByte
import java.awt.image.IndexColorModel
import java.io.ByteArrayOutputStream
import java.io.File
import javax.imageio.IIOImage
import javax.imageio.ImageIO
import javax.imageio.ImageWriteParam
import javax.imageio.stream.MemoryCacheImageOutputStream
import kotlin.math.abs
import kotlin.math.sqrt

/** Pictures kept beside the sources: what a screen looked like when somebody last looked at it and said yes. */
class Approval(private val folder: File, private val news: File, private val approve: Boolean) {
    /** Compares a picture with the approved one; with `-Dapprove=true` it becomes the approved one. */
    fun check(name: String, png: ByteArray) {
        val drawn = ImageIO.read(png.inputStream())
        if (approve) return keep(name, drawn)
        val kept = listOf("png", "jpg").map { File(folder, "$name.$it") }.firstOrNull { it.exists() }
        val reason = if (kept != null) difference(ImageIO.read(kept), drawn) else "nobody has approved it"
        if (reason != null) {
            news.mkdirs()
            val file = File(news, "$name.png").apply { writeBytes(png) }
            throw AssertionError("$name looks different: $reason. Look at $file; if it is right, run with -Dapprove=true")
        }
    }

    /** Few colours as a PNG, which is exact; what is too large for that is mostly photographs, which a JPEG keeps better. */
    private fun keep(name: String, drawn: BufferedImage) {
        folder.mkdirs()
        listOf("png", "jpg").forEach { File(folder, "$name.$it").delete() }
        val few = small(drawn)
        if (few.size <= MOST_BYTES) File(folder, "$name.png").writeBytes(few) else File(folder, "$name.jpg").writeBytes(photograph(drawn))
    }

    private companion object {
        /** What a PNG may take. */
        const val MOST_BYTES = 60_000

        /** Compared are the means of squares of so many pixels: what few colours and a JPEG change evens out in them. */
        const val SQUARE = 4

        /** How far a channel of a mean may be off, of 255. */
        const val SHADE = 32

        /** How many squares may be further off than that; a digit takes more. */
        const val STRAY = 5
    }

    private fun difference(kept: BufferedImage, drawn: BufferedImage): String? {
        if (kept.width != drawn.width || kept.height != drawn.height) {
            return "${drawn.width}×${drawn.height}, not ${kept.width}×${kept.height}"
        }
        val squares = (0..kept.height - SQUARE step SQUARE).flatMap { y -> (0..kept.width - SQUARE step SQUARE).map { x -> x to y } }
        val off = squares.filter { (x, y) -> apart(kept, drawn, x, y) > SHADE }
        return off.firstOrNull()?.takeIf { off.size > STRAY }?.let { (x, y) -> "${off.size} squares are off, the first at $x, $y" }
    }

    private fun apart(kept: BufferedImage, drawn: BufferedImage, x: Int, y: Int): Int = (0..16 step 8).maxOf { channel ->
        val (one, other) = listOf(kept, drawn).map { it.getRGB(x, y, SQUARE, SQUARE, null, 0, SQUARE).sumOf { rgb -> rgb shr channel and 255 } }
        abs(one - other) / (SQUARE * SQUARE)
    }
}

/** The picture as a JPEG. */
internal fun photograph(picture: BufferedImage): ByteArray {
    val opaque = BufferedImage(picture.width, picture.height, BufferedImage.TYPE_INT_RGB)
    opaque.createGraphics().run {
        drawImage(picture, 0, 0, null)
        dispose()
    }
    val writer = ImageIO.getImageWritersByFormatName("jpeg").next()
    val settings = writer.defaultWriteParam.apply {
        compressionMode = ImageWriteParam.MODE_EXPLICIT
        compressionQuality = 0.75f
    }
    val bytes = ByteArrayOutputStream()
    MemoryCacheImageOutputStream(bytes).use {
        writer.output = it
        writer.write(null, IIOImage(opaque, null, null), settings)
    }
    writer.dispose()
    return bytes.toByteArray()
}

/** The picture with at most 256 colours, which are chosen by halving the box of those there are: a third of the size. */
internal fun small(picture: BufferedImage): ByteArray {
    val pixels = picture.getRGB(0, 0, picture.width, picture.height, null, 0, picture.width)
    val counts = HashMap<Int, Int>()
    for (pixel in pixels) counts.merge(pixel and 0xFCFCFC, 1, Int::plus)
    val boxes = mutableListOf(counts.entries.map { it.key to it.value })
    while (boxes.size < 256) {
        val widest = boxes.filter { it.size > 1 }.maxByOrNull { box -> spread(box).second.let { it * it } * sqrt(box.sumOf { it.second }.toDouble()) } ?: break
        boxes.remove(widest)
        val channel = spread(widest).first
        val sorted = widest.sortedBy { it.first shr channel and 255 }
        boxes += sorted.subList(0, sorted.size / 2)
        boxes += sorted.subList(sorted.size / 2, sorted.size)
    }
    val index = HashMap<Int, Byte>()
    boxes.forEachIndexed { at, box -> box.forEach { index[it.first] = at.toByte() } }
    fun channel(shift: Int) = ByteArray(boxes.size) { at -> mean(boxes[at], shift).toByte() }
    val colours = IndexColorModel(8, boxes.size, channel(16), channel(8), channel(0))
    val reduced = BufferedImage(picture.width, picture.height, BufferedImage.TYPE_BYTE_INDEXED, colours)
    val raster = (reduced.raster.dataBuffer as DataBufferByte).data
    pixels.forEachIndexed { at, pixel -> raster[at] = index.getValue(pixel and 0xFCFCFC) }
    return ByteArrayOutputStream().also { ImageIO.write(reduced, "png", it) }.toByteArray()
}

/** The channel in which a box of colours is widest, and how wide it is. */
private fun spread(box: List<Pair<Int, Int>>): Pair<Int, Int> = listOf(16, 8, 0)
    .map { shift -> shift to box.maxOf { it.first shr shift and 255 } - box.minOf { it.first shr shift and 255 } }
    .maxBy { it.second }

private fun mean(box: List<Pair<Int, Int>>, shift: Int): Long {
    val weight = box.sumOf { it.second.toLong() }
    return box.sumOf { (it.first shr shift and 255).toLong() * it.second } / weight
}
