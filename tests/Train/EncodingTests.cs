using FsCheck;
using FsCheck.Fluent;

namespace Pure.Tuner.Tests;

[Trait("Category", "Unit")]
public class EncodingTests
{
    private static ChatEncoder Chat(string template = "smollm2", LetterTokens? letters = null) => new(Template.Get(template), letters ?? new LetterTokens());

    private static TrainingRow Row(params string[] texts) =>
        new([.. texts.Select((t, i) => new TrainingMessage(i % 2 == 0 ? MessageRole.User : MessageRole.Assistant, t))]);

    private static TrainingRow Text(string text) => new([new TrainingMessage(MessageRole.User, text)]);

    private static PackedSupervisedEncoder Packed(int cutoff, bool neat) => new(new SupervisedEncoder(Chat("empty"), cutoff), cutoff, neat);

    [Fact]
    public void A_sack_takes_the_largest_that_fits_and_among_equals_the_last()
    {
        Assert.Equal([[2, 3], [1, 4], [0]], Knapsack.Fill([2, 7, 7, 3, 2], 10));
        Assert.Equal([[3, 2, 1], [0]], Knapsack.Fill([5, 5, 5, 5], 15));
        Assert.Empty(Knapsack.Fill([], 4));
        Assert.Throws<ArgumentException>(() => Knapsack.Fill([5], 4));
    }

    [Fact, Trait("Category", "Property")]
    public void Packing_uses_every_item_once_and_overfills_nothing() =>
        Prop.ForAll<byte[], byte>((sizes, more) =>
        {
            int capacity = sizes.Select(s => (int)s).DefaultIfEmpty(0).Max() + more;
            int[] items = [.. sizes.Select(s => (int)s)];
            List<List<int>> sacks = Knapsack.Fill(items, capacity);
            return sacks.SelectMany(s => s).Order().SequenceEqual(Enumerable.Range(0, items.Length)) && sacks.All(s => s.Count > 0 && s.Sum(i => items[i]) <= capacity);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Packed_rows_restart_positions_and_end_in_padding()
    {
        EncodedRow row = Assert.Single(Packed(9, neat: true).Encode([Row("ab", "c"), Row("de", "fg")]));
        Assert.Equal("defgabc", LetterTokens.Text(row.Ids[..7]));
        Assert.Equal([0, 1, 2, 3, 0, 1, 2, 0, 0, 0], row.Positions!);
        Assert.Equal([1, 1, 1, 1, 2, 2, 2, 0, 0, 0], row.Pieces!);
        Assert.Equal("~~fg~~c~~~", LetterTokens.Text(row.Labels));
        Assert.Equal(3, row.Padding);
        Assert.Null(Packed(9, neat: false).Encode([Row("ab", "c")])[0].Pieces);
    }

    [Fact, Trait("Category", "Property")]
    public void Packing_keeps_every_token_of_every_row() =>
        Prop.ForAll<(NonEmptyString, NonEmptyString)[], bool>((texts, neat) =>
        {
            const int Cutoff = 24;
            TrainingRow[] rows = [.. texts.Select(t => Row(t.Item1.Get, t.Item2.Get))];
            EncodedRow[] alone = [.. rows.Select(new SupervisedEncoder(Chat("empty"), Cutoff).Encode)];
            IReadOnlyList<EncodedRow> packed = Packed(Cutoff, neat).Encode(rows);
            // A piece begins where its positions begin anew.
            IEnumerable<string> pieces = packed.SelectMany(p => Pieces(p));
            return packed.All(p => p.Ids.Length == Cutoff + 1 && p.Padding >= 1 && p.Labels.TakeLast(p.Padding).All(l => l == -100))
                && pieces.Order(StringComparer.Ordinal).SequenceEqual(alone.Select(a => string.Join(',', a.Ids) + ":" + string.Join(',', a.Labels)).Order(StringComparer.Ordinal));
        }).QuickCheckThrowOnFailure();

    private static IEnumerable<string> Pieces(EncodedRow row)
    {
        int length = row.Ids.Length - row.Padding, start = 0;
        for (int i = 1; i <= length; i++)
            if (i == length || row.Positions![i] == 0)
            {
                yield return string.Join(',', row.Ids[start..i]) + ":" + string.Join(',', row.Labels[start..i]);
                start = i;
            }
    }

    [Fact]
    public void A_row_longer_than_the_cutoff_is_left_out_with_a_notice()
    {
        List<string> notices = [];
        // Cut to 20 tokens, packed into 5: what the cut leaves does not fit.
        var encoder = new PackedSupervisedEncoder(new SupervisedEncoder(Chat("empty"), 20), 5, neat: false);
        Assert.Empty(encoder.Encode([Row("abcd", "efgh") with { Place = "x.json: row 7" }], notices));
        Assert.Equal(["x.json: row 7: 8 tokens do not fit into 5; the row is left out"], notices);
        Assert.Empty(((IRowEncoder)new SupervisedEncoder(Chat("empty"), 20)).Encode([Text("abc")], notices));
        Assert.EndsWith("there is no answer to learn; the row is left out", notices[1]);
    }

    [Fact]
    public void A_packed_batch_leaves_padding_out_and_separates_neat_pieces()
    {
        EncodedRow row = Packed(9, neat: true).Encode([Row("ab", "c"), Row("de", "fg")])[0];
        Batch neat = Batch.Pack(row, new EncodedRow([1, 2], [1, 2])), plain = Batch.Pack(row with { Pieces = null });
        Assert.Equal([0, 7, 9], neat.Offsets);
        Assert.Equal([4, 3, 2], neat.PieceLengths());
        Assert.Equal([7], plain.PieceLengths());
        Assert.Equal([0, 1, 2, 3, 0, 1, 2, 0, 1], neat.Positions);
        Assert.Equal(5, neat.Targets);
        Assert.Equal(2 * 16, neat.PaddedElements);
        // Labels are shifted within a row, over the border of its pieces too.
        Assert.Equal([2, 3], Batch.Pack(new EncodedRow([1, 2, 3], [1, 2, 3]) { Pieces = [1, 1, 2], Positions = [0, 1, 0] }).Predictions().Targets);
    }

    [Fact]
    public void Texts_are_joined_cut_into_blocks_and_the_rest_is_dropped()
    {
        var letters = new LetterTokens("</s>", "<s>") { EosId = 1000, BosId = 1001, AddsBos = false };
        IReadOnlyList<EncodedRow> rows = new PretrainEncoder(Chat("default", letters), 4, packing: true).Encode([Text("abc"), Text("defgh")]);
        Assert.Equal(["abc</s>", "defg"], rows.Select(r => LetterTokens.Text(r.Ids, "</s>", "<s>")));
        Assert.Equal(["abc", "defg"], rows.Select(r => LetterTokens.Text(r.Labels, "</s>", "<s>").Replace("~", "")));    // eos is the padding token here
        var bos = new LetterTokens("</s>", "<s>", "<pad>") { EosId = 1000, BosId = 1001, PadId = 1002, AddsBos = true };
        Assert.Equal("<s>bc</s>", LetterTokens.Text(new PretrainEncoder(Chat("default", bos), 4, packing: true).Encode([Text("abc")])[0].Labels, "</s>", "<s>"));
        Assert.Equal(["<s>abc", "<s>d</s>"], new PretrainEncoder(Chat("default", bos), 4, packing: false).Encode([Text("abcdef"), Text("d")]).Select(r => LetterTokens.Text(r.Ids, "</s>", "<s>")));
    }

    [Fact]
    public void Llama3_ends_texts_with_its_own_word()
    {
        var letters = new LetterTokens("<|eot_id|>", "<|end_of_text|>", "<|eom_id|>") { EosId = 1000 };
        EncodedRow row = new PretrainEncoder(Chat("llama3", letters), 20, packing: false).Encode([Text("a")])[0];
        Assert.Equal([97, 1001], row.Ids);
    }

    [Fact]
    public void Prediction_has_the_prompt_and_the_right_answer_apart()
    {
        var letters = new LetterTokens("<|im_start|>", "<|im_end|>") { EosId = 1001 };
        var encoder = new PromptEncoder(Chat("smollm2", letters), 1000);
        EncodedRow row = encoder.Encode(Row("a", "b", "c", "d") with { System = "s" });
        Assert.EndsWith("<|im_start|>user\nc<|im_end|>\n<|im_start|>assistant\n", LetterTokens.Text(row.Ids, "<|im_start|>", "<|im_end|>"));
        Assert.Equal("d<|im_end|>\n", LetterTokens.Text(row.Labels, "<|im_start|>", "<|im_end|>"));
        Assert.Equal("<|im_end|>\n", LetterTokens.Text(encoder.Encode(Text("a")).Labels, "<|im_start|>", "<|im_end|>"));
        var thinking = new ChatEncoder(Template.Get("qwen3"), letters, enableThinking: false);
        Assert.EndsWith("<think>\n\n</think>\n\n", LetterTokens.Text(new PromptEncoder(thinking, 1000).Encode(Row("a", "<think>\nx\n</think>\n\nb")).Ids, "<|im_start|>", "<|im_end|>"));
    }

    [Fact, Trait("Category", "Property")]
    public void Any_number_of_threads_gives_the_same_rows_and_notices() =>
        Prop.ForAll<(NonEmptyString, NonEmptyString)[], byte>((texts, size) =>
        {
            TrainingRow[] rows = [.. texts.Select((t, i) => (i % 5 == 4 ? Text(t.Item1.Get) : Row(t.Item1.Get, t.Item2.Get)) with { Place = $"row {i}" })];
            return new IRowEncoder[] { new SupervisedEncoder(Chat("empty"), 12), Packed(12, true), new PretrainEncoder(Chat("empty"), 5, true), new PromptEncoder(Chat("empty"), 12) }.All(encoder =>
            {
                int done = 0;
                EncodedRows one = RowEncoding.All(encoder, rows, size % 7 + 1, 1), many = RowEncoding.All(encoder, rows, size % 7 + 1, 4, (d, n) => done = n == rows.Length && d > done ? d : -1);
                return Show(one) == Show(many) && done == rows.Length;
            });

            static string Show(EncodedRows e) => string.Join(';', e.Rows.Select(r => string.Join(',', r.Ids) + ":" + string.Join(',', r.Labels))) + string.Join('|', e.Notices);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void One_tokenizer_serves_all_threads()
    {
        using var checkpoint = new TinyCheckpoint();
        var chat = new ChatEncoder(Template.Get("default"), Tokenizer.Load(checkpoint.Folder));
        TrainingRow[] rows = [.. Enumerable.Range(0, 900).Select(i => TrainingRow.Of($"What colour is {i} {new string((char)('a' + i % 26), i % 40)}?", $"Blue {i * 7919}, grün, 蓝 {i}"))];
        var encoder = new SupervisedEncoder(chat, 64);
        EncodedRow[] one = [.. rows.Select(encoder.Encode)], many = RowEncoding.All(encoder, rows, 1000, 8).Rows;
        Assert.Equal(rows.Length, many.Length);
        Assert.All(one.Zip(many), p => Assert.Equal(p.First.Ids, p.Second.Ids));
    }

    [Fact]
    public void Workers_cut_the_set_into_parts_that_are_packed_apart()
    {
        DatasetRows rows = new([.. Enumerable.Range(0, 8).Select(i => Text("abc"))], []);
        Recipe one = RecipeReader.Parse("{stage: pt, cutoff_len: 8}", "r.yaml");
        var encoder = RowEncoders.For(one, new LetterTokens("</s>") { EosId = 1000 });
        Assert.Equal(4, RowEncoding.All(one, encoder, rows).Rows.Length);
        Assert.Equal(3, RowEncoding.All(one with { PreprocessingNumWorkers = 3 }, encoder, rows).Rows.Length);
        Assert.Empty(RowEncoding.All(one with { PreprocessingNumWorkers = 8 }, encoder, rows).Rows);
    }

    [Fact]
    public void Of_several_faults_the_first_row_is_told_whatever_thread_meets_it()
    {
        var messages = new HashSet<string>();
        for (int i = 0; i < 20; i++)
            messages.Add(Assert.Throws<UsageException>(() => RowEncoding.All(new Faulty(), [.. Enumerable.Range(0, 40).Select(n => Text($"{n}"))], 1, 4)).Message);
        Assert.Equal(["row 11"], messages);
    }

    /// <summary>Fails at rows 11, 12 and 30; at 11 late.</summary>
    private sealed class Faulty : IRowEncoder
    {
        public IReadOnlyList<EncodedRow> Encode(IReadOnlyList<TrainingRow> batch)
        {
            string row = batch[0].Messages[0].Content;
            if (row == "11") Thread.Sleep(5);
            return row is "11" or "12" or "30" ? throw new UsageException($"row {row}") : [new EncodedRow([1], [1])];
        }
    }

    [Theory]
    [InlineData("stage: pt", "PretrainEncoder", 2048, true)]
    [InlineData("{stage: pt, packing: true}", "PretrainEncoder", 2047, true)]
    [InlineData("{stage: pt, packing: false}", "PretrainEncoder", 2048, false)]
    [InlineData("template: default", "SupervisedEncoder", 2048, false)]
    [InlineData("{template: default, packing: true, cutoff_len: 100}", "PackedSupervisedEncoder", 99, true)]
    [InlineData("{template: default, neat_packing: true}", "PackedSupervisedEncoder", 2047, true)]
    public void The_recipe_chooses_the_encoder(string yaml, string encoder, int cutoff, bool packing)
    {
        Recipe recipe = RecipeReader.Parse(yaml, "x.yaml");
        Assert.Equal((encoder, cutoff, packing), (RowEncoders.For(recipe, new LetterTokens("</s>") { EosId = 1000 }).GetType().Name, recipe.ResolvedCutoffLen, recipe.ResolvedPacking));
    }

    [Theory]
    [InlineData("neat_packing")]
    [InlineData("train_on_prompt")]
    [InlineData("mask_history")]
    public void What_is_for_conversations_is_refused_for_texts(string key) =>
        Assert.Contains($"{key}: is for 'stage: sft' only", Assert.Throws<UsageException>(() => RecipeReader.Parse($"{{stage: pt, {key}: true}}", "x.yaml")).Message);
}
