using System.Text.Json;

namespace Pure.Tuner.Tests;

/// <summary>Scores of texts, classes, tokens and choices against those of the reference's libraries.</summary>
public sealed class MetricsKind : IGoldenKind
{
    public string Kind => "metrics";

    public void Run(GoldenCase golden)
    {
        string metric = golden.Settings.GetProperty("metric").GetString()!;
        JsonElement expected = golden.Json.GetProperty("expected");
        switch (metric)
        {
            case "similarity": Similarity(golden, expected); break;
            case "jieba": Words(golden, expected); break;
            case "classification": Classification(golden, expected); break;
            case "token_accuracy": Tokens(golden, expected); break;
            case "reward_accuracy": Near(golden, "accuracy", expected, RewardAccuracy.Of(golden["in.chosen"].Floats(), golden["in.rejected"].Floats())); break;
            case "perplexity": Likelihood(golden, expected); break;
            case "choice": Choice(golden, expected); break;
            default: Assert.Fail($"there is no metric '{metric}'"); break;
        }
    }

    private static void Similarity(GoldenCase golden, JsonElement expected)
    {
        (string, string)[] pairs = [.. golden.Settings.GetProperty("pairs").EnumerateArray().Select(p => (p[0].GetString()!, p[1].GetString()!))];
        golden.Check("raw", pairs.SelectMany(pair =>
        {
            (RougeScore one, RougeScore two, RougeScore l, double bleu) = TextSimilarity.Fractions(pair.Item1, pair.Item2);
            return new[] { one.Precision, one.Recall, one.F, two.Precision, two.Recall, two.F, l.Precision, l.Recall, l.F, bleu };
        }).ToArray());
        JsonElement rounded = expected.GetProperty("rounded");
        for (int i = 0; i < pairs.Length; i++)
        {
            TextSimilarity score = TextSimilarity.Score(pairs[i].Item1, pairs[i].Item2);
            Near(golden, "bleu-4", rounded[i], score.Bleu4);
            Near(golden, "rouge-1", rounded[i], score.Rouge1);
            Near(golden, "rouge-2", rounded[i], score.Rouge2);
            Near(golden, "rouge-l", rounded[i], score.RougeL);
        }
        foreach ((string name, double value) in TextSimilarity.Mean(pairs)) Near(golden, name, expected.GetProperty("mean"), value);
    }

    private static void Words(GoldenCase golden, JsonElement expected)
    {
        JsonElement words = expected.GetProperty("words");
        int i = 0;
        foreach (JsonElement text in golden.Settings.GetProperty("texts").EnumerateArray())
            Assert.Equal(words[i++].EnumerateArray().Select(w => w.GetString()), Jieba.Default.Cut(text.GetString()!));
    }

    private static void Classification(GoldenCase golden, JsonElement expected)
    {
        var report = new ClassificationReport(Ints(golden.Settings.GetProperty("labels")), Ints(golden.Settings.GetProperty("predictions")));
        Near(golden, "accuracy", expected, report.Accuracy);
        Near(golden, "balanced_accuracy", expected, report.BalancedAccuracy);
        Near(golden, "mcc", expected, report.Mcc);
        Near(golden, "kappa", expected, report.Kappa);
        foreach ((string name, ClassScore score) in new[] { ("macro", report.Macro), ("micro", report.Micro), ("weighted", report.Weighted) })
        {
            Near(golden, "precision", expected.GetProperty(name), score.Precision);
            Near(golden, "recall", expected.GetProperty(name), score.Recall);
            Near(golden, "f1", expected.GetProperty(name), score.F1);
        }
        JsonElement byClass = expected.GetProperty("by_class"), confusion = expected.GetProperty("confusion");
        Assert.Equal(Ints(byClass.GetProperty("labels")), report.Classes);
        Assert.Equal(Ints(byClass.GetProperty("support")), report.Support);
        for (int i = 0; i < report.Classes.Count; i++)
        {
            Near(golden, "precision", byClass.GetProperty("precision")[i], report.ByClass[i].Precision);
            Near(golden, "recall", byClass.GetProperty("recall")[i], report.ByClass[i].Recall);
            Near(golden, "f1", byClass.GetProperty("f1")[i], report.ByClass[i].F1);
            Assert.Equal(Ints(confusion[i]), Enumerable.Range(0, report.Classes.Count).Select(j => report.Confusion[i, j]));
        }
    }

    private static void Tokens(GoldenCase golden, JsonElement expected)
    {
        int[] predictions = golden["in.predictions"].Ints(), labels = golden["in.labels"].Ints();
        int length = golden["in.labels"].Shape[1];
        double[] rows = [.. Enumerable.Range(0, golden["in.labels"].Shape[0]).Select(r => TokenAccuracy.Row(predictions.AsSpan(r * length, length), labels.AsSpan(r * length, length)))];
        for (int r = 0; r < rows.Length; r++) Near(golden, "per_row", expected.GetProperty("per_row")[r], rows[r]);
        Near(golden, "accuracy", expected, TokenAccuracy.Mean(rows));
    }

    private static void Likelihood(GoldenCase golden, JsonElement expected)
    {
        int[] shape = golden["in.logits"].Shape, labels = golden["in.labels"].Ints();
        float[] logits = golden["in.logits"].Floats();
        int places = shape[1], size = places * shape[2];
        (double Sum, int Count)[] rows = [.. Enumerable.Range(0, shape[0]).Select(r => Perplexity.Row(logits.AsSpan(r * size, size), labels.AsSpan(r * places, places)))];
        double mean = rows.Sum(r => r.Sum) / rows.Sum(r => r.Count);
        Near(golden, "mean_loss", expected, mean);
        Near(golden, "perplexity", expected, Perplexity.Of(mean));
        for (int r = 0; r < rows.Length; r++)
        {
            Near(golden, "row_loss", expected.GetProperty("row_loss")[r], rows[r].Sum / rows[r].Count);
            Near(golden, "row_perplexity", expected.GetProperty("row_perplexity")[r], Perplexity.Of(rows[r].Sum / rows[r].Count));
        }
        if (!golden.Settings.TryGetProperty("batch_losses", out _)) return;
        double[] losses = [.. golden.Settings.GetProperty("batch_losses").EnumerateArray().Select(l => l.GetDouble())];
        double eval = Perplexity.EvalLoss(losses.Zip(Ints(golden.Settings.GetProperty("batch_rows"))));
        Near(golden, "eval_loss", expected, eval);
        Near(golden, "eval_perplexity", expected, Perplexity.Of(eval));
        if (golden.Settings.TryGetProperty("huge_loss", out JsonElement huge)) Near(golden, "huge_perplexity", expected, Perplexity.Of(huge.GetDouble()));
    }

    private static void Choice(GoldenCase golden, JsonElement expected)
    {
        Tokenizer tokenizer = Tokenizer.Load(TokenizerKind.Folder(golden.Settings.GetProperty("tokenizer").GetString()!));
        var chat = new ChatEncoder(Template.Get(golden.Settings.GetProperty("template").GetString()!), tokenizer);
        int i = 0;
        foreach (JsonElement prompt in golden.Settings.GetProperty("prompts").EnumerateArray())
        {
            JsonElement e = expected.GetProperty("prompts")[i++];
            List<TrainingMessage> messages = MultipleChoice.Messages(prompt.GetProperty("lang").GetString()!, prompt.GetProperty("subject_name").GetString()!,
                Question(prompt.GetProperty("target")), prompt.GetProperty("support").EnumerateArray().Select(Question));
            Assert.Equal(e.GetProperty("messages").EnumerateArray().Select(m => (m.GetProperty("role").GetString(), m.GetProperty("content").GetString())),
                messages.Select(m => ((string?)m.Role.ToString().ToLowerInvariant(), (string?)m.Content)));
            Assert.Equal(Ints(e.GetProperty("input_ids")), chat.EncodePrompt(messages[..^1]));
        }
        Assert.Equal(Ints(expected.GetProperty("choice_ids")), MultipleChoice.Ids(tokenizer));

        var scores = new ChoiceScores();
        foreach (JsonElement subject in golden.Settings.GetProperty("subjects").EnumerateArray())
        {
            string name = subject.GetProperty("subject").GetString()!;
            string[] labels = [.. subject.GetProperty("labels").EnumerateArray().Select(l => l.GetString()!)];
            float[] logits = golden["in.logits." + name].Floats();
            string[] answers = [.. Enumerable.Range(0, labels.Length).Select(q => MultipleChoice.Answer(logits.AsSpan(4 * q, 4)))];
            Assert.Equal(expected.GetProperty("results").GetProperty(name).EnumerateObject().Select(a => a.Value.GetString()), answers);
            scores.Add(name, subject.GetProperty("category").GetString()!, answers, labels);
        }
        Assert.Equal(expected.GetProperty("scores").EnumerateObject().Select(s => s.Name), scores.Scores().Select(s => s.Name));
        foreach ((string name, double percent) in scores.Scores()) Near(golden, name, expected.GetProperty("scores"), percent);
        Assert.Equal(expected.GetProperty("log").GetString(), scores.Log());
        Assert.True(JsonElement.DeepEquals(expected.GetProperty("results"), JsonDocument.Parse(scores.ToJson()).RootElement));
    }

    private static ChoiceQuestion Question(JsonElement q) => new(q.GetProperty("question").GetString()!,
        [.. MultipleChoice.Letters.Where(l => q.TryGetProperty(l, out _)).Select(l => (l, q.GetProperty(l).GetString()!))], q.GetProperty("answer").GetString()!);

    private static int[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(v => v.GetInt32())];

    /// <summary>A number of case.json, or of a list in it; null stands for what is no number, "inf" for infinity.</summary>
    private static void Near(GoldenCase golden, string name, JsonElement at, double actual)
    {
        JsonElement e = at.ValueKind == JsonValueKind.Object ? at.GetProperty(name) : at;
        double expected = e.ValueKind switch { JsonValueKind.Null => double.NaN, JsonValueKind.String => double.PositiveInfinity, _ => e.GetDouble() };
        if (expected.Equals(actual)) return;
        (double abs, double rel) = golden.Tolerance(name);
        Assert.True(Math.Abs(actual - expected) <= abs + rel * Math.Abs(expected), $"{name}: {actual:R} where {expected:R} is expected");
    }
}
