using System.Buffers.Binary;
using System.IO.Compression;

namespace Pure.Tuner;

/// <summary>An RGB picture with smooth lines, written as PNG.</summary>
internal sealed class Raster
{
    private readonly int _width, _height;
    private readonly byte[] _pixels;
    private readonly float[] _cover;

    /// <summary>The part of <see cref="_cover"/> that the present lines touch: a short line costs little.</summary>
    private int _x0, _x1, _y0, _y1;

    public Raster(int width, int height)
    {
        (_width, _height) = (width, height);
        _pixels = new byte[width * height * 3];
        _cover = new float[width * height];
        Array.Fill(_pixels, (byte)255);
    }

    /// <summary>Draws lines with round ends. What several of them cover is painted once, so that a translucent curve has no dark joints.</summary>
    /// <param name="lines">Points in pixels, y down.</param>
    /// <param name="thickness">Pixels.</param>
    /// <param name="color">0xRRGGBB.</param>
    /// <param name="opacity">0 to 1.</param>
    public void Draw(IEnumerable<IReadOnlyList<(float X, float Y)>> lines, float thickness, int color, float opacity = 1)
    {
        (_x0, _x1, _y0, _y1) = (_width, -1, _height, -1);
        foreach (IReadOnlyList<(float X, float Y)> line in lines)
        {
            if (line.Count == 1) Cover(line[0], line[0], thickness / 2);
            for (int i = 1; i < line.Count; i++) Cover(line[i - 1], line[i], thickness / 2);
        }
        for (int y = _y0; y <= _y1; y++)
        {
            for (int i = y * _width + _x0; i <= y * _width + _x1; i++)
            {
                float a = _cover[i] * opacity;
                if (a == 0) continue;
                for (int c = 0; c < 3; c++) _pixels[3 * i + c] = (byte)(_pixels[3 * i + c] * (1 - a) + ((color >> (16 - 8 * c)) & 255) * a + 0.5f);
            }
            if (_x0 <= _x1) _cover.AsSpan(y * _width + _x0, _x1 - _x0 + 1).Clear();
        }
    }

    private void Cover((float X, float Y) a, (float X, float Y) b, float radius)
    {
        float reach = radius + 1, dx = b.X - a.X, dy = b.Y - a.Y, length2 = dx * dx + dy * dy;
        int x0 = Math.Max(0, (int)(Math.Min(a.X, b.X) - reach)), x1 = Math.Min(_width - 1, (int)(Math.Max(a.X, b.X) + reach));
        int y0 = Math.Max(0, (int)(Math.Min(a.Y, b.Y) - reach)), y1 = Math.Min(_height - 1, (int)(Math.Max(a.Y, b.Y) + reach));
        if (x0 > x1 || y0 > y1) return;
        (_x0, _x1, _y0, _y1) = (Math.Min(_x0, x0), Math.Max(_x1, x1), Math.Min(_y0, y0), Math.Max(_y1, y1));
        for (int y = y0; y <= y1; y++)
            for (int x = x0; x <= x1; x++)
            {
                float px = x + 0.5f - a.X, py = y + 0.5f - a.Y;
                float t = length2 > 0 ? Math.Clamp((px * dx + py * dy) / length2, 0, 1) : 0;
                float distance = MathF.Sqrt((px - t * dx) * (px - t * dx) + (py - t * dy) * (py - t * dy));
                // How much of the pixel the pen covers, from its distance to the middle of the line.
                float cover = Math.Clamp(radius + 0.5f - distance, 0, 1);
                ref float pixel = ref _cover[y * _width + x];
                pixel = Math.Max(pixel, cover);
            }
    }

    public byte[] ToPng()
    {
        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, _width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), _height);
        (header[8], header[9]) = (8, 2);
        Chunk(png, "IHDR"u8, header);
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Optimal, leaveOpen: true))
            for (int y = 0; y < _height; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(_pixels, 3 * _width * y, 3 * _width);
            }
        Chunk(png, "IDAT"u8, data.ToArray());
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static void Chunk(Stream png, ReadOnlySpan<byte> type, byte[] data)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, data.Length);
        png.Write(word);
        png.Write(type);
        png.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(word, ~Crc(data, Crc(type, uint.MaxValue)));
        png.Write(word);
    }

    private static uint Crc(ReadOnlySpan<byte> bytes, uint crc)
    {
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int k = 0; k < 8; k++) crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1)));
        }
        return crc;
    }
}
