using System.Diagnostics;

namespace Pure.Tuner;

/// <summary>One row answered by the model: a line of generated_predictions.jsonl.</summary>
/// <param name="Prompt">The prompt as the model saw it, special tokens shown.</param>
/// <param name="Predict">What the model said.</param>
/// <param name="Label">What the row says.</param>
/// <param name="SaidPlainly">What the model said without special tokens: what is scored.</param>
/// <param name="WantedPlainly">The same of what the row says.</param>
internal sealed record Prediction(string Prompt, string Predict, string Label, string SaidPlainly, string WantedPlainly);

/// <summary>Answers of the model to rows of prompts, in batches; a row's answer does not depend on its batch.</summary>
/// <param name="model">The model, adapter in place.</param>
/// <param name="options">How to generate.</param>
/// <param name="batchSize">Rows answered together.</param>
/// <param name="skipSpecialTokens">Leave special tokens out of answers and labels.</param>
internal sealed class PredictionLoop(LanguageModel model, GenerationOptions options, int batchSize, bool skipSpecialTokens)
{
    /// <summary>Answers every row.</summary>
    /// <param name="rows">Ids are the prompt, labels the wanted answer.</param>
    /// <param name="progress">Told rows done and their number.</param>
    /// <param name="cancel">Asked between tokens.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    internal (List<Prediction> Predictions, TimeSpan Runtime) Run(IReadOnlyList<EncodedRow> rows, Action<int, int>? progress = null, CancellationToken cancel = default)
    {
        var clock = Stopwatch.StartNew();
        var answers = new List<Prediction>();
        for (int from = 0; from < rows.Count;)
        {
            // A row that reaches the end of the context is answered alone, with what room it has.
            int room = Room(rows[from]), count = 1;
            while (room == int.MaxValue && count < batchSize && from + count < rows.Count && Room(rows[from + count]) == int.MaxValue) count++;
            GenerationOptions fitting = room == int.MaxValue ? options : options with { MaxNewTokens = Math.Max(1, room) };
            int[][] prompts = [.. rows.Skip(from).Take(count).Select(r => r.Ids)];
            IReadOnlyList<GenerationResult> results = new Generator(model.Decoder).Generate(prompts, fitting, firstRow: from, cancel: cancel);
            foreach (IGrouping<int, GenerationResult> one in results.GroupBy(r => r.Prompt).OrderBy(g => g.Key))
            {
                EncodedRow row = rows[from + one.Key];
                int[] said = one.First().Tokens, wanted = [.. row.Labels.Where(l => l != SupervisedEncoder.Ignored)];
                string saidPlainly = Text(said, true), wantedPlainly = Text(wanted, true);
                answers.Add(new Prediction(model.Tokenizer.Decode(row.Ids), skipSpecialTokens ? saidPlainly : Text(said, false), skipSpecialTokens ? wantedPlainly : Text(wanted, false), saidPlainly, wantedPlainly));
            }
            from += count;
            progress?.Invoke(from, rows.Count);
        }
        return (answers, clock.Elapsed);
    }

    private string Text(int[] ids, bool plainly) => model.Tokenizer.Decode(ids, plainly);

    /// <summary>New tokens that fit where the options ask for more; else no bound.</summary>
    private int Room(EncodedRow row) => options.LengthLimit(row.Ids.Length, model.ContextLength) > model.ContextLength ? model.ContextLength - row.Ids.Length : int.MaxValue;
}
