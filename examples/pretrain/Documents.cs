using System.Text;

namespace Pure.Tuner.Pretrain;

/// <summary>One text of pretraining: prose, or the turns of a talk.</summary>
internal readonly record struct Document(string Prose, Question[] Turns)
{
    /// <summary>The text as a model reads it, a talk in the form of the chatml template.</summary>
    public override string ToString() => Turns.Length == 0 ? Prose : string.Concat(Turns.Select(q => $"<|im_start|>user\n{q.Text}<|im_end|>\n<|im_start|>assistant\n{q.Answer}<|im_end|>\n"));
}

/// <summary>The texts of pretraining: number and seed give the text.</summary>
internal sealed class Documents(World world, int seed)
{
    /// <summary>The text of a number: mostly talks, else prose.</summary>
    public Document Write(long number)
    {
        var d = new Draw(seed, number, "document");
        return d.Below(10) switch
        {
            < 7 => Talk(d),
            7 => new(Stories.Write(d, world, d.Of<Person>(world.People)), []),
            8 => new(Facts(d), []),
            _ => new(Lines(d), []),
        };
    }

    private Document Talk(Draw d)
    {
        if (d.OneIn(20))
        {
            Person p = d.Of<Person>(world.People);
            return new("", [new(d.Of($"Tell me a story about {p.Name}.", $"Write a story about {p.Name}."), Stories.Write(d, world, p))]);
        }
        int turns = d.OneIn(3) ? d.Between(2, 3) : 1;
        return new("", [.. Enumerable.Range(0, turns).Select(_ => Questions.Any(d, world))]);
    }

    private string Facts(Draw d)
    {
        var text = new StringBuilder();
        for (int i = d.Between(1, 3); i > 0; i--)
            text.Append(d.OneIn(3) ? Questions.Portrait(d.Of<Town>(world.Towns)) : d.OneIn(2) ? Questions.Portrait(d.Of<Person>(world.People)) : Questions.AboutPerson(d, d.Of<Person>(world.People)).Answer).Append(' ');
        return text.ToString().TrimEnd();
    }

    private static string Lines(Draw d)
    {
        var text = new StringBuilder();
        for (int i = d.Between(2, 5); i > 0; i--) text.Append((d.OneIn(4) ? Questions.Numbers(d) : Questions.Sum(d)).Answer).Append('\n');
        return text.ToString().TrimEnd();
    }
}
