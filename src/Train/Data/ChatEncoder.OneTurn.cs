namespace Pure.Tuner;

public sealed partial class ChatEncoder
{
    /// <summary>A whole conversation as one question and the last answer, as preference stages and prediction see it: earlier thoughts are not shown.</summary>
    /// <param name="row">An even number of messages.</param>
    internal (int[] Prompt, int[] Response) EncodeOneTurn(TrainingRow row)
    {
        List<TrainingMessage> messages = [.. row.Messages];
        int last = messages.Count - 1;
        if (_template.Thinks)
        {
            if (!_preserveThinking)
                for (int i = 1; i < last - 1; i += 2) messages[i] = messages[i] with { Content = RemoveThought(messages[i].Content) };
            if (_thinking == false) messages[last] = messages[last] with { Content = RemoveThought(messages[last].Content) };
        }
        List<List<int>> encoded = Encode(messages, row.System, row.Tools, row.Place);
        if (_template.Thinks && !HasThought(messages[last].Content))
        {
            // As in training: learned when thinking is on, given away by the prompt otherwise.
            if (_thinking == true) encoded[last].InsertRange(0, EmptyThought());
            else encoded[last - 1].AddRange(EmptyThought());
        }
        return ([.. encoded.Take(last).SelectMany(e => e)], [.. encoded[last]]);
    }
}
