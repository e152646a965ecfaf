using FsCheck;
using FsCheck.Fluent;

namespace Pure.Tuner.Tests;

[Trait("Category", "Property")]
public class TokenizerProperties
{
    // Words, marks, astral letters, spaces and special strings, joined at random: plain random characters meet few merges.
    private static readonly string[] s_pieces = ["the", " other", "  ", "\n", "\r\n", "é", "e\u0301", "你好", "🙂", "𝕳", "𝟙", "12", "345", "'s", "'ſ", ".", " .", " ,", "?!", "n't", " n't", " ' ", "<|im_end|>", "<|im_", "\u00a0", "\t", "x", "\u200d", "한", "<s>", "</s>"];

    private static Arbitrary<string> Texts => Gen.OneOf(Gen.Elements(s_pieces), Gen.Choose(32, 0x2FFF).Select(c => ((char)c).ToString())).ListOf().Select(p => string.Concat(p)).ToArbitrary();

    private static readonly Tokenizer s_llama = Tokenizer.FromGguf(TestTokenizers.Llama);

    private static readonly Tokenizer s_cleaning = new(TestTokenizers.Files(
        """ "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},"decoder":{"type":"ByteLevel"} """, config: """{"clean_up_tokenization_spaces":true}"""));

    [Fact]
    public void Byte_level_decodes_what_it_encoded() =>
        Prop.ForAll(Texts, text => TestTokenizers.ByteLevel.Decode(TestTokenizers.ByteLevel.Encode(text)) == text).QuickCheckThrowOnFailure();

    [Fact]
    public void Streamed_text_is_decoded_text()
    {
        foreach (Tokenizer tokenizer in (Tokenizer[])[TestTokenizers.ByteLevel, s_llama, s_cleaning])
            foreach (bool skip in (bool[])[false, true])
            {
                bool Holds(int[] ids)
                {
                    StreamingDecoder stream = tokenizer.StartDecoding(skip);
                    string[] parts = [.. ids.Select(stream.Push), stream.Flush()];
                    return string.Concat(parts) == tokenizer.Decode(ids, skip) && parts.All(p => p.Length == 0 || !char.IsLowSurrogate(p[0]) && !char.IsHighSurrogate(p[^1]));
                }
                Prop.ForAll(Texts, text => Holds(tokenizer.Encode(text))).QuickCheckThrowOnFailure();
                Prop.ForAll(Gen.Choose(0, tokenizer.VocabularySize + 1).ArrayOf().ToArbitrary(), Holds).QuickCheckThrowOnFailure();
            }
    }

    [Fact]
    public void Cleaned_text_is_cleaned_at_once_or_in_parts() =>
        Prop.ForAll(Texts, text => s_cleaning.Decode(s_cleaning.Encode(text)) == CleanUpStage.Clean(text)).QuickCheckThrowOnFailure();

    [Fact]
    public void Ids_do_not_depend_on_whether_spans_are_wanted()
    {
        foreach (Tokenizer tokenizer in (Tokenizer[])[TestTokenizers.ByteLevel, s_llama])
            Prop.ForAll(Texts, text =>
            {
                TokenEncoding encoding = tokenizer.Core.Encode(text, null, true);
                int length = CodePoints.Count(text);
                return encoding.Ids.SequenceEqual(tokenizer.Encode(text)) && encoding.Spans!.All(s => s.Start >= 0 && s.Start <= s.End && s.End <= length);
            }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Scan_and_heap_merge_alike()
    {
        var merges = new PairTable(64);
        for (int a = 0, rank = 0; a < 8; a++)
            for (int b = 0; b < 8; b++)
                if ((a * 5 + b * 3) % 4 != 0) merges.Set(a, b, rank, 8 + rank++);
        for (int i = 0; i < 20; i++) merges.Set(8 + i, i % 8, 100 + i, 200 + i);
        Prop.ForAll(Gen.Choose(0, 7).ArrayOf().ToArbitrary(), ids =>
        {
            (BpeWord a, BpeWord b) = (new BpeWord(), new BpeWord());
            foreach (int id in ids) { a.Add(id, 1); b.Add(id, 1); }
            a.MergeByScan(merges);
            b.MergeByHeap(merges);
            return a.Ids.AsSpan(0, a.Count).SequenceEqual(b.Ids.AsSpan(0, b.Count)) && a.Lengths.AsSpan(0, a.Count).SequenceEqual(b.Lengths.AsSpan(0, b.Count));
        }).QuickCheckThrowOnFailure();
    }
}
