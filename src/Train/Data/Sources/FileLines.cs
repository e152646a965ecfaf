using System.Text.Unicode;

namespace Pure.Tuner;

/// <summary>Reads a file line by line as UTF-8 bytes, a piece at a time.</summary>
internal static class FileLines
{
    /// <summary>Longest line or row, in bytes: far more than a context holds, and small enough not to fill the memory.</summary>
    public const int Longest = 256 << 20;

    private const int Piece = 1 << 16;

    /// <summary>Opens a file for reading from its begin to its end.</summary>
    /// <exception cref="UsageException">It is not there or may not be read.</exception>
    public static FileStream Open(string file)
    {
        try
        {
            return new FileStream(file, new FileStreamOptions { Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0, Options = FileOptions.SequentialScan });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{file}: cannot be read: {e.Message.TrimEnd('.')}; look whether it is there and may be read", e);
        }
    }

    /// <summary>Fills a buffer as far as the file goes.</summary>
    public static int Read(FileStream stream, Span<byte> into)
    {
        try
        {
            return stream.Read(into);
        }
        catch (IOException e)
        {
            throw new UsageException($"{stream.Name}: reading failed: {e.Message.TrimEnd('.')}; try again when the disk is there", e);
        }
    }

    /// <summary>Lines with their numbers, from 1, without the line feed; the mark of UTF-8 at the begin is left out. A line's memory is valid until the next one is asked for.</summary>
    /// <exception cref="UsageException">The file cannot be read, a line is not UTF-8 or is longer than <see cref="Longest"/>.</exception>
    public static IEnumerable<(long Line, ReadOnlyMemory<byte> Bytes)> Read(string file) => Read(file, tolerant: false).Select(l => (l.Line, l.Bytes));

    /// <summary>The same, where a line that is not UTF-8 may come with its fault in place of ending the reading.</summary>
    /// <param name="file">The file.</param>
    /// <param name="tolerant">Whether such lines are handed on.</param>
    public static IEnumerable<(long Line, ReadOnlyMemory<byte> Bytes, UsageException? Fault)> Read(string file, bool tolerant)
    {
        using FileStream stream = Open(file);
        byte[] buffer = new byte[Piece];
        int from = 0, end = 0, seen = 0;
        long line = 0;
        for (bool first = true, last = false; ;)
        {
            int at = buffer.AsSpan(seen, end - seen).IndexOf((byte)'\n');
            if (at < 0 && !last)
            {
                seen = end;
                if (from > 0)
                {
                    buffer.AsSpan(from, end - from).CopyTo(buffer);
                    (end, seen, from) = (end - from, seen - from, 0);
                }
                if (end == buffer.Length)
                {
                    if (end >= Longest) throw new UsageException($"{file}:{line + 1}: the line is longer than {Longest >> 20} MiB; write one row a line");
                    Array.Resize(ref buffer, 2 * buffer.Length);
                }
                int got = Read(stream, buffer.AsSpan(end));
                last = got == 0;
                end += got;
                if (first && (last || end >= 3))
                {
                    if (buffer.AsSpan(0, end).StartsWith("\uFEFF"u8)) from = seen = 3;
                    first = false;
                }
                continue;
            }
            int stop = at < 0 ? end : seen + at;
            if (at < 0 && from == end) yield break;
            ReadOnlyMemory<byte> bytes = buffer.AsMemory(from, stop - from);
            line++;
            UsageException? fault = Utf8Fault(bytes.Span, file, line);
            if (fault is not null && !tolerant) throw fault;
            yield return (line, bytes, fault);
            if (at < 0) yield break;
            from = seen = stop + 1;
        }
    }

    /// <summary>Refuses bytes that are not UTF-8.</summary>
    public static void RequireUtf8(ReadOnlySpan<byte> bytes, string file, long line)
    {
        if (Utf8Fault(bytes, file, line) is { } fault) throw fault;
    }

    private static UsageException? Utf8Fault(ReadOnlySpan<byte> bytes, string file, long line)
    {
        if (Utf8.IsValid(bytes)) return null;
        int at = 0;
        while (System.Text.Rune.DecodeFromUtf8(bytes[at..], out _, out int used) == System.Buffers.OperationStatus.Done) at += used;
        line += bytes[..at].Count((byte)'\n');
        return new UsageException($"{file}:{line}: not UTF-8: byte 0x{bytes[at]:x2} at column {at - bytes[..at].LastIndexOf((byte)'\n')}; save the file as UTF-8");
    }

    /// <summary>Whether a line has nothing but white space.</summary>
    public static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept(" \t\r\n"u8) < 0;
}
