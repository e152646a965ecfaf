using System.Runtime.CompilerServices;

namespace Pure.Tuner;

/// <summary>What one rendering may use, so that no template can hang, overflow the stack or fill the memory.</summary>
/// <param name="Steps">Most evaluated nodes, loop turns and compared items.</param>
/// <param name="Size">Most characters made in all, a list item counting as <see cref="JinjaState.ItemSize"/>.</param>
/// <param name="Depth">Most nested evaluations.</param>
internal sealed record JinjaLimits(long Steps = 20_000_000, long Size = 200_000_000, int Depth = 1500)
{
    public static JinjaLimits Default { get; } = new();

    /// <summary>Most characters of one text.</summary>
    public int Text => (int)Math.Min(Size, 16_000_000);
}

/// <summary>Where a rendering is, and what it has used.</summary>
internal sealed class JinjaState(JinjaLimits limits)
{
    /// <summary>What an item of a list costs, in characters.</summary>
    public const int ItemSize = 32;

    private long _steps = limits.Steps, _size = limits.Size;
    private int _depth;

    /// <summary>The line being rendered.</summary>
    public int Line { get; set; }

    public JinjaException Fail(string message) => new(message, Line);

    public void Step(long count = 1)
    {
        if ((_steps -= count) < 0) throw Fail($"the template takes more than {limits.Steps} steps; it is refused");
    }

    /// <summary>Scanning a text costs too.</summary>
    public void Scan(int length) => Step(1 + (length >> 5));

    /// <summary>A text of this length is about to be made.</summary>
    public void Text(long length)
    {
        if (length > limits.Text) throw Fail($"the template makes a text of more than {limits.Text} characters; it is refused");
        Spend(length);
        Step(1 + (length >> 5));
    }

    /// <summary>A text was made.</summary>
    public string Made(string text)
    {
        Text(text.Length);
        return text;
    }

    /// <summary>A list of this many items is about to be made.</summary>
    public void Items(long count)
    {
        Spend(count > limits.Size ? limits.Size + 1 : count * ItemSize);
        Step(1 + count);
    }

    public void Enter()
    {
        Step();
        if (++_depth > limits.Depth || !RuntimeHelpers.TryEnsureSufficientExecutionStack()) throw Fail("the template is nested too deep; it is refused");
    }

    public void Leave() => _depth--;

    private void Spend(long size)
    {
        if ((_size -= size) < 0) throw Fail($"the template makes more than {limits.Size} characters; it is refused");
    }
}
