using System.Globalization;

namespace Pure.Tuner;

/// <summary>A question with lettered answers.</summary>
/// <param name="Question">The text.</param>
/// <param name="Choices">Letter and text, in order.</param>
/// <param name="Answer">The right letter.</param>
internal sealed record ChoiceQuestion(string Question, IReadOnlyList<(string Letter, string Text)> Choices, string Answer);

/// <summary>Multiple-choice questions put to a model as LLaMA-Factory's eval does.</summary>
internal static class MultipleChoice
{
    /// <summary>The letters that answers have.</summary>
    public static IReadOnlyList<string> Letters { get; } = ["A", "B", "C", "D"];

    /// <summary>The conversation: examples with their answers, then the question with its own as the last message.</summary>
    /// <param name="language"><c>en</c> or <c>zh</c>.</param>
    /// <param name="subject">What the questions are about.</param>
    /// <param name="question">The one that is asked.</param>
    /// <param name="examples">Those that are shown before.</param>
    /// <exception cref="UsageException">There is no such language.</exception>
    public static List<TrainingMessage> Messages(string language, string subject, ChoiceQuestion question, IEnumerable<ChoiceQuestion> examples)
    {
        (string head, string end) = language switch
        {
            "en" => ($"The following are multiple choice questions (with answers) about {subject}.\n\n", "\nAnswer:"),
            "zh" => ($"以下是中国关于{subject}考试的单项选择题，请选出其中的正确答案。\n\n", "\n答案："),
            _ => throw new UsageException($"lang: expected en or zh, found '{language}'; write 'lang: en'"),
        };
        var messages = new List<TrainingMessage>();
        foreach (ChoiceQuestion q in examples.Append(question))
        {
            string choices = string.Concat(q.Choices.Select(c => $"\n{c.Letter}. {c.Text}"));
            messages.Add(new TrainingMessage(MessageRole.User, (messages.Count == 0 ? head : "") + q.Question + choices + end));
            messages.Add(new TrainingMessage(MessageRole.Assistant, q.Answer));
        }
        return messages;
    }

    /// <summary>The token that stands for each letter: the last one of the letter encoded alone.</summary>
    public static int[] Ids(Tokenizer tokenizer) => [.. Letters.Select(l => tokenizer.Encode(l, addSpecialTokens: false)[^1])];

    /// <summary>The letter whose token scores highest; the first of equal ones.</summary>
    /// <param name="logits">Those of <see cref="Ids"/>, in order.</param>
    public static string Answer(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
            if (logits[i] > logits[best]) best = i;
        return Letters[best];
    }
}

/// <summary>Answers of many subjects, and what they come to: results.json and results.log.</summary>
internal sealed class ChoiceScores
{
    private static readonly string[] s_order = ["Average", "STEM", "Social Sciences", "Humanities", "Other"];

    private readonly Dictionary<string, object?> _answers = [];
    private readonly Dictionary<string, (int Right, int All)> _counts = [];

    /// <summary>Adds a subject.</summary>
    /// <param name="subject">Its name.</param>
    /// <param name="category">What it is counted under, beside the average of all questions.</param>
    /// <param name="answers">The model's letters.</param>
    /// <param name="labels">The right letters.</param>
    public void Add(string subject, string category, IReadOnlyList<string> answers, IReadOnlyList<string> labels)
    {
        _answers.Add(subject, answers.Select((a, i) => new KeyValuePair<string, object?>(i.ToString(CultureInfo.InvariantCulture), a)).ToList());
        foreach (string name in (string[])["Average", category])
        {
            (int right, int all) = _counts.GetValueOrDefault(name);
            _counts[name] = (right + answers.Zip(labels).Count(p => p.First == p.Second), all + labels.Count);
        }
    }

    /// <summary>Percent right, over questions; categories without any are left out.</summary>
    public IEnumerable<(string Name, double Percent)> Scores() =>
        from name in s_order.Concat(_counts.Keys.Except(s_order).Order(StringComparer.Ordinal))
        where _counts.GetValueOrDefault(name).All > 0
        select (name, 100 * ((double)_counts[name].Right / _counts[name].All));

    /// <summary>The text of results.log.</summary>
    public string Log() => string.Join('\n', Scores().Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Name,15}: {PythonFloat.Round(s.Percent, 2):F2}")));

    /// <summary>The text of results.json: the letter of every question.</summary>
    public string ToJson() => PythonJson.Write(_answers, 2);
}
