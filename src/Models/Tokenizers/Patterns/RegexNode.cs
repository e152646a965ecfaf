namespace Pure.Tuner;

/// <summary>Syntax tree of a split pattern.</summary>
internal abstract record RegexNode
{
    /// <summary>Whether the node can match nothing, or looks at the text without consuming it.</summary>
    public abstract bool IsNullable { get; }

    /// <summary>The code points that a match can begin with, when it is not nullable.</summary>
    public abstract CharSet First { get; }

    /// <summary>Code points of every match, or null when they differ.</summary>
    public abstract int? FixedLength { get; }
}

internal sealed record SetNode(CharSet Set) : RegexNode
{
    public override bool IsNullable => false;
    public override CharSet First => Set;
    public override int? FixedLength => 1;
}

internal sealed record SequenceNode(IReadOnlyList<RegexNode> Parts) : RegexNode
{
    public override bool IsNullable => Parts.All(p => p.IsNullable);
    public override int? FixedLength => Parts.Aggregate((int?)0, (sum, p) => sum + p.FixedLength);

    public override CharSet First
    {
        get
        {
            CharSet first = CharSet.Empty;
            foreach (RegexNode part in Parts)
            {
                first = first.Or(part.First);
                if (!part.IsNullable) break;
            }
            return first;
        }
    }
}

internal sealed record ChoiceNode(IReadOnlyList<RegexNode> Options) : RegexNode
{
    public override bool IsNullable => Options.Any(p => p.IsNullable);
    public override CharSet First => Options.Aggregate(CharSet.Empty, (s, p) => s.Or(p.First));
    public override int? FixedLength => Options.All(p => p.FixedLength == Options[0].FixedLength) ? Options[0].FixedLength : null;
}

internal enum RepeatMode { Greedy, Lazy, Possessive }

/// <summary>At least Min times, at most Max times; Max is int.MaxValue for no bound.</summary>
internal sealed record RepeatNode(RegexNode Body, int Min, int Max, RepeatMode Mode) : RegexNode
{
    public override bool IsNullable => Min == 0 || Body.IsNullable;
    public override CharSet First => Body.First;
    public override int? FixedLength => Min == Max ? Min * Body.FixedLength : null;
}

internal sealed record AtomicNode(RegexNode Body) : RegexNode
{
    public override bool IsNullable => Body.IsNullable;
    public override CharSet First => Body.First;
    public override int? FixedLength => Body.FixedLength;
}

internal sealed record LookNode(RegexNode Body, bool Behind, bool Negative) : RegexNode
{
    public override bool IsNullable => true;
    public override CharSet First => CharSet.Empty;
    public override int? FixedLength => 0;
}

internal enum AnchorKind { TextStart, TextEnd, TextEndOrLastLine, LineStart, LineEnd, WordBoundary, NotWordBoundary }

internal sealed record AnchorNode(AnchorKind Kind) : RegexNode
{
    public override bool IsNullable => true;
    public override CharSet First => CharSet.Empty;
    public override int? FixedLength => 0;
}
