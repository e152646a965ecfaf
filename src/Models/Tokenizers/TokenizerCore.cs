using System.Text.Json;

namespace Pure.Tuner;

/// <summary>tokenizer.json at work: normalise, cut, merge, post-process, and back. Immutable; any number of threads may use it.</summary>
internal sealed record TokenizerCore(ITokenModel Model, AddedVocabulary Added, PreTokenizer? PreTokenizer, PostProcessor? PostProcessor, Decoder? Decoder, Truncation? Truncation, Padding? Padding)
{
    /// <summary>tokenizer.json, for errors.</summary>
    public string File { get; init; } = "tokenizer.json";

    /// <summary>A text that a damaged file's steps cannot stand.</summary>
    public CheckpointException Fault(FormatException e) => new($"{File}: {e.Message}: the file is damaged, or was made to do so: fetch it again", e);

    /// <param name="utf8">The file's bytes.</param>
    /// <param name="file">Its name, for errors.</param>
    /// <param name="addPrefixSpace">Overrides add_prefix_space of a ByteLevel pre-tokeniser at the top.</param>
    /// <param name="entries">Vocabulary and merges in place of the file's, or null.</param>
    /// <exception cref="CheckpointException">The file is malformed, or a component is not known.</exception>
    public static TokenizerCore Read(ReadOnlyMemory<byte> utf8, string file, bool? addPrefixSpace = null, BpeEntries? entries = null)
    {
        JsonDocument document;
        try
        {
            document = JsonText.Document(utf8);
        }
        catch (JsonException e)
        {
            throw new CheckpointException($"{file}: not JSON: {e.Message.TrimEnd('.')}: fetch the file again", e);
        }
        using (document)
        {
            var root = new ComponentJson(file, "$", document.RootElement);
            ComponentJson modelJson = root.Get("model");
            if (modelJson.IsNull) throw modelJson.Error("missing: this is not a whole tokenizer.json, fetch the file again");
            // Files of before 2020 name no type; those with merges are BPE.
            string type = modelJson.Text("type") ?? (modelJson.Get("merges").IsNull ? throw modelJson.Error("no \"type\"") : "BPE");
            ITokenModel model = type == "BPE" ? new BpeModel(modelJson, entries) : throw new CheckpointException($"{file}: model.type '{type}' is not built yet (known: BPE)");
            T? Optional<T>(string key, Func<ComponentJson, T> read) where T : class => root.Get(key) is { IsNull: false } json ? read(json) : null;
            Normalizer? normalizer = Optional("normalizer", Normalizers.Read);
            IEnumerable<AddedToken> added = root.Get("added_tokens").IsNull ? [] : root.Items("added_tokens").Select(j => AddedToken.Read(j));
            AddedVocabulary vocabulary;
            try { vocabulary = new AddedVocabulary(model, normalizer, [.. added]); }
            catch (FormatException e) { throw root.Get("added_tokens").Error($"{e.Message}: the file is damaged, fetch it again"); }
            return new TokenizerCore(model, vocabulary,
                Optional("pre_tokenizer", j => PreTokenizers.Read(j, addPrefixSpace)), Optional("post_processor", PostProcessors.Read), Optional("decoder", Decoders.Read),
                Optional("truncation", Truncation.Read), Optional("padding", Padding.Read))
            { File = file };
        }
    }

    /// <summary>Ids of a text; nothing is cut off or filled up.</summary>
    public int[] EncodeIds(string text, bool addSpecialTokens)
    {
        TokenSegment segment = Segment(text, spans: false);
        if (PostProcessor is null) return segment.Ids;
        List<TokenSegment> segments = PostProcessor([segment], addSpecialTokens);
        return segments.Count == 1 ? segments[0].Ids : [.. segments.SelectMany(s => s.Ids)];
    }

    /// <summary>A text, or a pair, with all that is known of its tokens.</summary>
    public TokenEncoding Encode(string text, string? pair, bool addSpecialTokens, bool spans = true, Truncation? truncation = null)
    {
        TokenSegment first = Segment(text, spans);
        List<TokenSegment> segments = [first];
        if (pair is not null)
        {
            TokenSegment second = Segment(pair, spans);
            second.TypeId = 1;
            segments.Add(second);
        }
        if (truncation is not null)
        {
            int added = 0;
            if (addSpecialTokens && PostProcessor is not null)
            {
                List<TokenSegment> empty = [new([], 0)];
                if (pair is not null) empty.Add(new([], 1));
                added = PostProcessor(empty, true).Sum(s => s.Ids.Length);
            }
            truncation.Apply(segments, added);
        }
        if (PostProcessor is not null) segments = PostProcessor(segments, addSpecialTokens);
        return new TokenEncoding([.. segments.SelectMany(s => s.Ids)],
            [.. segments.SelectMany(s => Enumerable.Repeat(s.TypeId, s.Ids.Length))],
            [.. segments.SelectMany(s => Enumerable.Repeat(s.IsSpecial ? 1 : 0, s.Ids.Length))],
            spans ? [.. segments.SelectMany(s => s.Spans!)] : null);
    }

    /// <summary>A decoder that writes into the sink as text becomes certain.</summary>
    public DecoderStage StartDecoding(TextSink sink, bool cleanUp)
    {
        DecoderStage last = cleanUp ? new CleanUpStage(sink) : sink;
        return Decoder is null ? Decoders.Join(last) : Decoder(last);
    }

    /// <summary>The token that decoding an id pushes, or null when it counts for nothing.</summary>
    public string? Shown(int id, bool skipSpecialTokens) => skipSpecialTokens && Added.IsSpecial(id) ? null : Added.TokenOf(id);

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens, bool cleanUp = false)
    {
        var sink = new TextSink();
        DecoderStage stage = StartDecoding(sink, cleanUp);
        try
        {
            foreach (int id in ids)
                if (Shown(id, skipSpecialTokens) is { } token) stage.Push(token, true);
            stage.Flush();
        }
        catch (FormatException e) { throw Fault(e); }
        return sink.Text.ToString();
    }

    private TokenSegment Segment(string text, bool spans)
    {
        try { return Cut(text, spans); }
        catch (FormatException e) { throw Fault(e); }
    }

    private TokenSegment Cut(string text, bool spans)
    {
        List<Piece> pieces = Added.Split(new AlignedText(text, spans));
        if (PreTokenizer is not null)
        {
            var cut = new List<Piece>(pieces.Count + text.Length / 4);
            foreach (Piece piece in pieces)
            {
                if (piece.TokenId >= 0) cut.Add(piece);
                else if (piece.Start < piece.End) PreTokenizer(piece, cut);
            }
            pieces = cut;
        }
        var ids = new List<int>(text.Length / 4 + 4);
        if (!spans)
        {
            foreach (Piece piece in pieces)
            {
                if (piece.TokenId >= 0) ids.Add(piece.TokenId);
                else Model.Tokenize(piece.Span, piece.IsBytes, ids, null);
            }
            return new TokenSegment([.. ids], 0);
        }
        var where = new List<(int, int)>();
        var texts = new List<string>();
        var lengths = new List<int>();
        foreach (Piece piece in pieces)
        {
            if (piece.TokenId >= 0)
            {
                ids.Add(piece.TokenId);
                where.Add(piece.Text.Span(piece.Start, piece.End));
                texts.Add(piece.Span.ToString());
                continue;
            }
            int first = ids.Count;
            lengths.Clear();
            Model.Tokenize(piece.Span, false, ids, lengths);
            AddSpans(piece, lengths, where);
            for (int i = first; i < ids.Count; i++) texts.Add(Added.TokenOf(ids[i]) ?? "");
        }
        return new TokenSegment([.. ids], 0) { Spans = [.. where], Texts = [.. texts] };
    }

    /// <summary>Tokens' lengths are bytes; each byte belongs to a character of the piece.</summary>
    private static void AddSpans(Piece piece, List<int> lengths, List<(int, int)> spans)
    {
        var characterAt = new List<(int Start, int End)>();
        ReadOnlySpan<char> text = piece.Span;
        for (int i = 0; i < text.Length;)
        {
            int start = i;
            int bytes = CodePoints.Utf8Length(CodePoints.At(text, ref i));
            for (int n = 0; n < bytes; n++) characterAt.Add((piece.Start + start, piece.Start + i));
        }
        int at = 0;
        foreach (int length in lengths)
        {
            int end = at + length;
            spans.Add(length > 0 && end <= characterAt.Count ? piece.Text.Span(characterAt[at].Start, characterAt[end - 1].End) : (at, end));
            at = end;
        }
    }
}
