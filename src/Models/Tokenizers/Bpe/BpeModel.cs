using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pure.Tuner;

/// <summary>Byte pair encoding over characters (Sennrich et al. 2016, arXiv:1508.07909), as model.type "BPE" of tokenizer.json says.</summary>
internal sealed class BpeModel : ITokenModel
{
    private const int CacheEntries = 1 << 16;
    private const int CachedLength = 64;
    private const int MostIds = 1 << 22, SparseIds = 16;     // beyond so many ids, at least one in so many must be a token

    private readonly Dictionary<string, int> _vocabulary;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;
    private readonly string?[] _tokens;
    private readonly PairTable _merges;
    private readonly string? _prefix;
    private readonly string? _suffix;
    private readonly bool _ignoreMerges;
    private readonly int? _unknownId;
    private readonly bool _fuseUnknown;
    private readonly int[]? _fallbackIds;       // ids of <0x00> to <0xFF>, -1 where missing
    private readonly int[] _byteIds = new int[256];
    private readonly bool _spaceSeparates;
    private readonly Cache _textCache = new();
    private readonly Cache _byteCache = new();
    [ThreadStatic] private static BpeWord? s_word;

    /// <summary>Ids of pieces met before; full, it forgets everything, which costs less than keeping an order.</summary>
    private sealed class Cache
    {
        private readonly ConcurrentDictionary<string, int[]> _entries = new(StringComparer.Ordinal);
        private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _lookup;
        private int _count;

        public Cache() => _lookup = _entries.GetAlternateLookup<ReadOnlySpan<char>>();

        public bool TryGet(ReadOnlySpan<char> piece, out int[]? ids) => _lookup.TryGetValue(piece, out ids);

        public void Add(ReadOnlySpan<char> piece, int[] ids)
        {
            if (Interlocked.Increment(ref _count) > CacheEntries)
            {
                _entries.Clear();
                _count = 1;
            }
            _entries[piece.ToString()] = ids;
        }
    }

    /// <param name="json">The settings, and what makes the model up where that is not given.</param>
    /// <param name="entries">Vocabulary and merges in place of those of <paramref name="json"/>, or null.</param>
    public BpeModel(ComponentJson json, BpeEntries? entries = null)
    {
        if (json.Get("dropout") is { IsNull: false } dropout && !(dropout.Json.ValueKind == JsonValueKind.Number && dropout.Json.GetDouble() == 0)) throw dropout.Error($"{dropout.Json.GetRawText()} would make ids random; only null is supported");
        ComponentJson vocabulary = json.Get("vocab");
        _vocabulary = entries is null ? ReadVocabulary(vocabulary) : VocabularyOf(entries.Tokens);
        _ids = _vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        int largest = -1;
        foreach ((_, int id) in _vocabulary) largest = id >= 0 ? Math.Max(largest, id) : throw vocabulary.Error("an id is negative");
        // The table of ids is as long as the largest: a single id far beyond the others is damage, and would cost gigabytes.
        if (largest >= MostIds && largest / SparseIds >= _vocabulary.Count) throw vocabulary.Error($"the largest id is {largest} and there are {_vocabulary.Count} tokens: the file is damaged, fetch it again");
        _tokens = new string?[largest + 1];
        foreach ((string token, int id) in _vocabulary) _tokens[id] = token;

        _prefix = json.Text("continuing_subword_prefix") is { Length: > 0 } prefix ? prefix : null;
        _suffix = json.Text("end_of_word_suffix") is { Length: > 0 } suffix ? suffix : null;
        _ignoreMerges = json.Bool("ignore_merges", false);
        _fuseUnknown = json.Bool("fuse_unk", false);
        if (json.Text("unk_token") is { } unknown && _vocabulary.TryGetValue(unknown, out int unknownId)) _unknownId = unknownId;
        if (json.Bool("byte_fallback", false)) _fallbackIds = [.. Enumerable.Range(0, 256).Select(b => _vocabulary.GetValueOrDefault(string.Create(CultureInfo.InvariantCulture, $"<0x{b:X2}>"), -1))];
        for (int b = 0; b < 256; b++) _byteIds[b] = _vocabulary.GetValueOrDefault(ByteAlphabet.Char((byte)b).ToString(), -1);

        _merges = entries is null ? ReadMerges(json) : MergesOf(json, entries.Merges);
        // Where no token has "▁" behind another character, no merge crosses into a word, and words can be merged (and remembered) apart.
        _spaceSeparates = !_ignoreMerges && _prefix is null && _suffix is null && _vocabulary.ContainsKey("▁") && !AnyHasInnerSpace();
    }

    public int Count => _vocabulary.Count;
    public int IdLimit => _tokens.Length;
    public int? IdOf(ReadOnlySpan<char> token) => _ids.TryGetValue(token, out int id) ? id : null;
    public string? TokenOf(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : null;

    private static Dictionary<string, int> ReadVocabulary(ComponentJson json)
    {
        if (json.Json.ValueKind != JsonValueKind.Object) throw json.Error("a map from token to id is needed");
        var ids = new Dictionary<string, int>(json.Json.GetPropertyCount(), StringComparer.Ordinal);
        foreach (JsonProperty entry in json.Json.EnumerateObject())
            ids[entry.Name] = entry.Value.ValueKind == JsonValueKind.Number && entry.Value.TryGetInt32(out int id) ? id : throw json.Error($"the id of '{entry.Name}' is {entry.Value.GetRawText()}, and a whole number is needed");
        return ids;
    }

    private static Dictionary<string, int> VocabularyOf(IReadOnlyList<string> tokens)
    {
        var ids = new Dictionary<string, int>(tokens.Count, StringComparer.Ordinal);
        for (int id = 0; id < tokens.Count; id++) ids.TryAdd(tokens[id], id);
        return ids;
    }

    private bool AnyHasInnerSpace()
    {
        foreach ((string token, _) in _vocabulary)
            if (HasInnerSpace(token)) return true;
        return false;
    }

    private static bool HasInnerSpace(string token)
    {
        for (int i = 1; i < token.Length; i++)
            if (token[i] == '▁' && token[i - 1] != '▁') return true;
        return false;
    }

    private PairTable ReadMerges(ComponentJson json)
    {
        ComponentJson list = json.Get("merges");
        if (list.Json.ValueKind != JsonValueKind.Array) throw list.Error("a list is needed");
        var adder = new MergeAdder(this, list, list.Json.GetArrayLength());
        int index = -1;
        foreach (JsonElement merge in list.Json.EnumerateArray())
        {
            index++;
            if (merge.ValueKind == JsonValueKind.String)
            {
                string line = merge.GetString()!;
                if (line.StartsWith("#version", StringComparison.Ordinal)) continue;
                int space = line.IndexOf(' ', StringComparison.Ordinal);
                if (space < 0 || line.IndexOf(' ', space + 1) >= 0) throw list.Item(index).Error($"'{line}' is not two tokens with a space between");
                adder.Add(line.AsSpan(0, space), line.AsSpan(space + 1), index);
            }
            else
            {
                if (merge.ValueKind != JsonValueKind.Array || merge.GetArrayLength() != 2) throw list.Item(index).Error("two tokens are needed");
                if (merge[0].ValueKind != JsonValueKind.String || merge[1].ValueKind != JsonValueKind.String) _ = (list.Item(index).Item(0).String(), list.Item(index).Item(1).String());
                adder.Add(merge[0].GetString(), merge[1].GetString(), index);
            }
        }
        return adder.Table;
    }

    private PairTable MergesOf(ComponentJson json, IReadOnlyList<BpeMerge> merges)
    {
        var adder = new MergeAdder(this, json.Get("merges"), merges.Count);
        for (int i = 0; i < merges.Count; i++) adder.Add(merges[i].Left.Span, merges[i].Right.Span, i);
        return adder.Table;
    }

    /// <summary>Fills the table of merges, best first.</summary>
    private ref struct MergeAdder(BpeModel model, ComponentJson list, int count)
    {
        private char[] _merged = new char[256];
        private int _rank;

        public PairTable Table { get; } = new(count);

        /// <exception cref="CheckpointException">One of the three is no token.</exception>
        public void Add(ReadOnlySpan<char> left, ReadOnlySpan<char> right, int index)
        {
            ReadOnlySpan<char> rest = model._prefix is { } prefix && right.StartsWith(prefix, StringComparison.Ordinal) ? right[prefix.Length..] : right;
            int length = left.Length + rest.Length;
            if (length > _merged.Length) _merged = new char[length * 2];
            left.CopyTo(_merged);
            rest.CopyTo(_merged.AsSpan(left.Length));
            Table.Set(Id(left, index), Id(right, index), _rank++, Id(_merged.AsSpan(0, length), index));
        }

        private readonly int Id(ReadOnlySpan<char> token, int index) =>
            model._ids.TryGetValue(token, out int id) ? id : throw new CheckpointException($"{list.File}: {list.Path}[{index}]: token '{token}' is not in the vocabulary");
    }

    public void Tokenize(ReadOnlySpan<char> piece, bool asBytes, List<int> ids, List<int>? lengths)
    {
        if (_spaceSeparates && !asBytes && lengths is null)
        {
            int start = 0;
            for (int i = 1; i < piece.Length; i++)
            {
                if (piece[i] != '▁' || piece[i - 1] == '▁') continue;
                TokenizeWord(piece[start..i], false, ids, null);
                start = i;
            }
            piece = piece[start..];
        }
        TokenizeWord(piece, asBytes, ids, lengths);
    }

    private void TokenizeWord(ReadOnlySpan<char> piece, bool asBytes, List<int> ids, List<int>? lengths)
    {
        if (piece.Length == 0) return;
        Cache cache = asBytes ? _byteCache : _textCache;
        bool cached = lengths is null && piece.Length <= CachedLength;
        if (cached && cache.TryGet(piece, out int[]? known))
        {
            ids.AddRange(known.AsSpan());
            return;
        }
        BpeWord word = s_word ??= new BpeWord();
        word.Count = 0;
        if (asBytes) FillBytes(word, piece);
        else Fill(word, piece);
        // Kept arrays of a giant piece would stay with the thread for ever.
        if (word.Ids.Length > 1 << 16) s_word = null;
        ReadOnlySpan<int> found = word.Ids.AsSpan(0, word.Count);
        ids.AddRange(found);
        lengths?.AddRange(word.Lengths.AsSpan(0, word.Count));
        if (cached) cache.Add(piece, found.ToArray());
    }

    private void FillBytes(BpeWord word, ReadOnlySpan<char> piece)
    {
        int most = Encoding.UTF8.GetMaxByteCount(piece.Length);
        Span<byte> bytes = most <= 512 ? stackalloc byte[512] : new byte[most];
        bytes = bytes[..Encoding.UTF8.GetBytes(piece, bytes)];
        bool plain = !_ignoreMerges && _prefix is null && _suffix is null;
        foreach (byte b in bytes)
        {
            if (!plain || _byteIds[b] < 0) { plain = false; break; }
            word.Add(_byteIds[b], 1);
        }
        if (plain)
        {
            word.Merge(_merges);
            return;
        }
        word.Count = 0;
        Span<char> mapped = bytes.Length <= 512 ? stackalloc char[bytes.Length] : new char[bytes.Length];
        for (int i = 0; i < bytes.Length; i++) mapped[i] = ByteAlphabet.Char(bytes[i]);
        Fill(word, mapped);
    }

    /// <summary>Characters as symbols, unknown ones as bytes or the unknown token, then all merges.</summary>
    private void Fill(BpeWord word, ReadOnlySpan<char> piece)
    {
        if (_ignoreMerges && _ids.TryGetValue(piece, out int whole))
        {
            word.Add(whole, Encoding.UTF8.GetByteCount(piece));
            return;
        }
        int unknownLength = 0;      // bytes of unknown characters not added yet
        Span<byte> utf8 = stackalloc byte[4];
        Span<int> fallback = stackalloc int[256];
        for (int i = 0; i < piece.Length;)
        {
            int start = i;
            CodePoints.At(piece, ref i);
            ReadOnlySpan<char> character = piece[start..i];
            int length = Encoding.UTF8.GetBytes(character, utf8);
            string? decorated = null;
            if (_prefix is not null && start > 0) decorated = string.Concat(_prefix, character);
            if (_suffix is not null && i == piece.Length) decorated = string.Concat(decorated ?? character, _suffix);
            if (_ids.TryGetValue(decorated ?? character, out int id))
            {
                if (unknownLength > 0) word.Add(_unknownId!.Value, unknownLength);
                unknownLength = 0;
                word.Add(id, length);
                continue;
            }
            if (_fallbackIds is not null)
            {
                ReadOnlySpan<byte> bytes = decorated is null ? utf8[..length] : Encoding.UTF8.GetBytes(decorated);
                int n = 0;
                while (n < bytes.Length && n < fallback.Length && (fallback[n] = _fallbackIds[bytes[n]]) >= 0) n++;
                if (n == bytes.Length)
                {
                    // As in the tokenizers library an unknown token still waiting comes after these bytes.
                    for (int j = 0; j < n; j++) word.Add(fallback[j], 1);
                    continue;
                }
            }
            if (_unknownId is not { } unknown) continue;
            if (unknownLength > 0 && !_fuseUnknown)
            {
                word.Add(unknown, unknownLength);
                unknownLength = 0;
            }
            unknownLength += length;
        }
        if (unknownLength > 0) word.Add(_unknownId!.Value, unknownLength);
        word.Merge(_merges);
    }
}
