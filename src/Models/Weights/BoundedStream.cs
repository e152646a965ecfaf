namespace Pure.Tuner;

/// <summary>Lets exactly so many bytes through to a stream, so that a callback cannot spoil what follows.</summary>
internal sealed class BoundedStream(Stream inner, long bytes) : Stream
{
    /// <summary>Bytes still due.</summary>
    public long Left { get; private set; } = bytes;

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length > Left) throw new InvalidOperationException($"{buffer.Length} bytes are written where {Left} are left of the tensor");
        inner.Write(buffer);
        Left -= buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
    public override void Flush() => inner.Flush();
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
}
