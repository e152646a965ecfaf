namespace Pure.Tuner;

/// <summary>Conversations to the ids that are answered and the ids of the right answer, by LLaMA-Factory's rules for prediction with generation.</summary>
/// <remarks>A row's <see cref="EncodedRow.Ids"/> are the prompt, its <see cref="EncodedRow.Labels"/> the answer: two lengths.</remarks>
/// <param name="chat">Makes ids of turns.</param>
/// <param name="cutoff">Most tokens of prompt and answer together.</param>
internal sealed class PromptEncoder(ChatEncoder chat, int cutoff) : IRowEncoder
{
    public bool RowByRow => true;

    public IReadOnlyList<EncodedRow> Encode(IReadOnlyList<TrainingRow> batch) => [.. batch.Where(r => r.Messages.Count > 0).Select(Encode)];

    /// <summary>Prompt and answer of one row.</summary>
    public EncodedRow Encode(TrainingRow row)
    {
        if (row.Messages.Count % 2 != 0) row = row with { Messages = [.. row.Messages, new TrainingMessage(MessageRole.Assistant, "")] };
        (int[] prompt, int[] answer) = chat.EncodeOneTurn(row);
        if (chat.Template.EfficientEos && chat.Tokens.EosId is { } eos) answer = [.. answer, eos];
        (int p, int r) = SupervisedEncoder.Share(prompt.Length, answer.Length, cutoff);
        return new EncodedRow(prompt[..p], answer[..r]);
    }
}
