using System.Buffers.Binary;
using System.Text;

namespace Pure.Tuner;

/// <summary>A protocol-buffer message under construction: fields as tag and value, in the order they are added.</summary>
internal sealed class Protobuf
{
    private readonly MemoryStream _bytes = new();

    /// <summary>Field of type int32, int64, bool or enum.</summary>
    public Protobuf Varint(int field, long value)
    {
        Varint((ulong)field << 3);
        Varint((ulong)value);
        return this;
    }

    public Protobuf Double(int field, double value)
    {
        Varint((ulong)field << 3 | 1);
        Span<byte> word = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(word, value);
        _bytes.Write(word);
        return this;
    }

    public Protobuf Float(int field, float value)
    {
        Varint((ulong)field << 3 | 5);
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(word, value);
        _bytes.Write(word);
        return this;
    }

    public Protobuf Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public Protobuf Message(int field, Protobuf value) => Bytes(field, value.ToArray());

    public byte[] ToArray() => _bytes.ToArray();

    private Protobuf Bytes(int field, byte[] value)
    {
        Varint((ulong)field << 3 | 2);
        Varint((ulong)value.Length);
        _bytes.Write(value);
        return this;
    }

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) _bytes.WriteByte((byte)(value | 0x80));
        _bytes.WriteByte((byte)value);
    }
}
