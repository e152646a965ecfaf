using System.Text;

namespace Pure.Tuner;

/// <summary>Lets text through up to the first stop string, and never a part of one: what may yet become one is held.</summary>
internal sealed class StopStringFilter(IReadOnlyList<string> stops)
{
    private string _held = "";

    /// <summary>The stop string that was met, or null. Nothing passes after it.</summary>
    internal string? Met { get; private set; }

    /// <summary>Takes text and returns what is certain to stay.</summary>
    internal string Push(string text)
    {
        if (Met is not null || text.Length == 0) return "";
        if (stops.Count == 0) return text;
        _held += text;
        int cut = FirstStop();
        if (cut < 0) cut = _held.Length - Undecided();
        string sure = _held[..cut];
        _held = _held[cut..];
        return sure;
    }

    /// <summary>The end of the text: what was held is no stop string after all.</summary>
    internal string Flush()
    {
        string rest = Met is null ? _held : "";
        _held = "";
        return rest;
    }

    /// <summary>Where the stop string begins that ends first, in list order where two end together; -1 for none.</summary>
    private int FirstStop()
    {
        int start = -1, end = int.MaxValue;
        foreach (string stop in stops)
        {
            int at = _held.IndexOf(stop, StringComparison.Ordinal);
            if (at < 0 || at + stop.Length >= end) continue;
            (start, end, Met) = (at, at + stop.Length, stop);
        }
        return start;
    }

    /// <summary>Length of the longest end of the text that begins a stop string.</summary>
    private int Undecided()
    {
        int longest = 0;
        foreach (string stop in stops)
            for (int length = Math.Min(stop.Length - 1, _held.Length); length > longest; length--)
                if (_held.EndsWith(stop[..length], StringComparison.Ordinal)) longest = length;
        return longest;
    }
}

/// <summary>The text of one row as its tokens come: whole characters, up to a stop string.</summary>
internal sealed class RowText(StreamingDecoder decoder, IReadOnlyList<string> stops)
{
    private readonly StopStringFilter _filter = new(stops);
    private readonly StringBuilder _text = new();

    internal string? Stop => _filter.Met;
    internal int Tokens { get; private set; }
    internal string All => _text.ToString();

    /// <summary>Takes a token and returns the text that it made certain.</summary>
    /// <param name="token">The token. An end token has no text; a row's last one brings out all that was held.</param>
    internal string Push(GeneratedToken token)
    {
        Tokens++;
        string sure = token.Finish == FinishReason.Eos ? "" : _filter.Push(decoder.Push(token.Id));
        if (token.Finish is not null) sure += _filter.Push(decoder.Flush()) + _filter.Flush();
        _text.Append(sure);
        return sure;
    }
}
