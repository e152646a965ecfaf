using System.Text.Json;

namespace Pure.Tuner;

/// <summary>Rows of a JSON file: a list in brackets, or one object a line. Either is read a piece at a time.</summary>
internal static class JsonRows
{
    public static IEnumerable<SourceRow> Read(string file, RowFaultSink? faults = null) => BeginsWithBracket(file) ? new JsonListReader(file, faults).Rows() : Lines(file, faults);

    // Byte by byte: a list without line breaks is one line of the whole file's length.
    private static bool BeginsWithBracket(string file)
    {
        using FileStream stream = FileLines.Open(file);
        Span<byte> piece = stackalloc byte[4096];
        for (int got; (got = FileLines.Read(stream, piece)) > 0;)
            if (piece[..got].IndexOfAnyExcept((ReadOnlySpan<byte>)[0x20, 0x09, 0x0d, 0x0a, 0xef, 0xbb, 0xbf]) is var at and >= 0) return piece[at] == '[';
        return false;
    }

    private static IEnumerable<SourceRow> Lines(string file, RowFaultSink? faults)
    {
        string name = Path.GetFileName(file);
        long row = 0;
        foreach ((long line, ReadOnlyMemory<byte> bytes, UsageException? fault) in FileLines.Read(file, tolerant: faults is not null))
        {
            if (FileLines.IsBlank(bytes.Span)) continue;
            row++;
            JsonElement json = default;
            try
            {
                if (fault is not null) throw fault;
                json = Parse(file, line, bytes.Span);
                RequireCharacters(bytes.Span, json, $"{file}:{line}: row {row}");
            }
            catch (UsageException e) when (faults is not null)
            {
                faults(new SourceRow(name, default) { File = name, Row = row, Line = line }, RowFault.Of("", e, $"{file}:{line}", $"row {row}"));
                continue;
            }
            yield return new SourceRow($"{name}:{line}: row {row}", json) { File = name, Row = row, Line = line };
        }
    }

    private static JsonElement Parse(string file, long line, ReadOnlySpan<byte> bytes)
    {
        try
        {
            var reader = new Utf8JsonReader(bytes);
            JsonElement row = JsonElement.ParseValue(ref reader);
            if (reader.Read()) throw new JsonException();
            return row;
        }
        catch (JsonException e)
        {
            throw new UsageException($"{file}:{line}: not JSON{Column(e)}; write one object a line, or a list in brackets", e);
        }
    }

    /// <summary>Refuses escapes that are half of a surrogate pair: they are no character, and no text can hold them.</summary>
    internal static void RequireCharacters(ReadOnlySpan<byte> bytes, JsonElement json, string place)
    {
        if (bytes.IndexOf("\\ud"u8) < 0 && bytes.IndexOf("\\uD"u8) < 0) return;
        try
        {
            JsonText.Touch(json);
        }
        catch (InvalidOperationException e)
        {
            throw new UsageException($"{place}: a text holds half of a surrogate pair (\\ud800 to \\udfff alone), which is no character; take it out", e);
        }
    }

    internal static string Column(JsonException e) => e.BytePositionInLine is { } at ? $" at column {at + 1}" : "";

    /// <summary>A text as a row of its own.</summary>
    internal static JsonElement TextRow(string text) => JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["text"] = text });
}

/// <summary>Reads the items of one long list, keeping no more than a piece of the file.</summary>
internal sealed class JsonListReader(string file, RowFaultSink? faults = null)
{
    private byte[] _buffer = new byte[1 << 16];
    private int _from, _end;
    private bool _last;
    private long _row, _line = 1;
    private JsonReaderState _state;

    private long _at;

    private enum Step { More, Row, Next, Done }

    public IEnumerable<SourceRow> Rows()
    {
        string name = Path.GetFileName(file);
        using FileStream stream = FileLines.Open(file);
        Fill(stream);
        if (_buffer.AsSpan(0, _end).StartsWith("\uFEFF"u8)) _from = 3;
        for (; ; )
            switch (Take(out JsonElement row))
            {
                case Step.More: Fill(stream); break;
                case Step.Row: yield return new SourceRow($"{name}: row {++_row}", row) { File = name, Row = _row, Line = _at }; break;
                case Step.Done: yield break;
            }
    }

    private Step Take(out JsonElement row)
    {
        row = default;
        Span<byte> bytes = _buffer.AsSpan(_from, _end - _from);
        var reader = new Utf8JsonReader(bytes, _last, _state);
        try
        {
            if (!reader.Read()) return _last ? Step.Done : Step.More;
            if (reader.CurrentDepth > 0)
            {
                Utf8JsonReader probe = reader;
                if (!probe.TrySkip()) return Step.More;
                // The line of a fault is not known here: the reader counts it, but shows it only in its own errors.
                int from = (int)reader.TokenStartIndex, to = (int)probe.BytesConsumed;
                _at = _line + bytes[..from].Count((byte)'\n');
                try
                {
                    if (!System.Text.Unicode.Utf8.IsValid(bytes[from..to])) throw new UsageException($"{file}: row {_row + 1}: not UTF-8; save the file as UTF-8");
                    row = JsonElement.ParseValue(ref reader);
                    JsonRows.RequireCharacters(bytes[from..to], row, $"{file}: row {_row + 1}");
                }
                catch (UsageException e) when (faults is not null)
                {
                    faults(new SourceRow(Path.GetFileName(file), default) { File = Path.GetFileName(file), Row = ++_row, Line = _at }, RowFault.Of("", e, $"{file}: row {_row}"));
                    Consume(probe);
                    return Step.Next;
                }
                if (row.ValueKind == JsonValueKind.String) row = JsonRows.TextRow(row.GetString()!);
                Consume(reader);
                return Step.Row;
            }
            Consume(reader);
            return Step.Next;
        }
        catch (JsonException e)
        {
            var fault = new UsageException($"{file}:{e.LineNumber + 1}: not JSON{JsonRows.Column(e)} (after row {_row}); put a comma between rows and quotes around words", e);
            if (faults is null) throw fault;
            // What follows cannot be told apart: a list is one text.
            faults(new SourceRow(Path.GetFileName(file), default) { File = Path.GetFileName(file), Row = _row + 1, Line = e.LineNumber + 1 ?? 0 },
                new RowFault("", $"not JSON{JsonRows.Column(e)}; the rows from here on were not looked at", "put a comma between rows and quotes around words, then check again"));
            return Step.Done;
        }
    }

    private void Consume(in Utf8JsonReader reader)
    {
        _line += _buffer.AsSpan(_from, (int)reader.BytesConsumed).Count((byte)'\n');
        _from += (int)reader.BytesConsumed;
        _state = reader.CurrentState;
    }

    private void Fill(FileStream stream)
    {
        _buffer.AsSpan(_from, _end - _from).CopyTo(_buffer);
        (_from, _end) = (0, _end - _from);
        if (_end == _buffer.Length)
        {
            if (_end >= FileLines.Longest) throw new UsageException($"{file}: row {_row + 1}: longer than {FileLines.Longest >> 20} MiB; make smaller rows");
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }
        // One read may bring less than there is; only nothing means the end.
        int got = FileLines.Read(stream, _buffer.AsSpan(_end));
        _last = got == 0;
        _end += got;
    }
}
