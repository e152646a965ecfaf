namespace Pure.Tuner;

/// <summary>An expression of a template.</summary>
internal abstract record JinjaExpression(int Line);

internal sealed record JinjaConstant(object? Value, int Line) : JinjaExpression(Line);

internal sealed record JinjaName(string Name, int Line) : JinjaExpression(Line);

internal sealed record JinjaTupleNode(JinjaExpression[] Items, int Line) : JinjaExpression(Line);

internal sealed record JinjaListNode(JinjaExpression[] Items, int Line) : JinjaExpression(Line);

internal sealed record JinjaDictNode((JinjaExpression Key, JinjaExpression Value)[] Items, int Line) : JinjaExpression(Line);

/// <summary>Op is "-", "+" or "not".</summary>
internal sealed record JinjaUnary(string Op, JinjaExpression Operand, int Line) : JinjaExpression(Line);

/// <summary>Op is an arithmetic operator, "and" or "or".</summary>
internal sealed record JinjaBinary(string Op, JinjaExpression Left, JinjaExpression Right, int Line) : JinjaExpression(Line);

/// <summary>Parts joined by ~.</summary>
internal sealed record JinjaConcat(JinjaExpression[] Parts, int Line) : JinjaExpression(Line);

/// <summary>a &lt; b &lt; c: each operand is computed once.</summary>
internal sealed record JinjaCompare(JinjaExpression First, (string Op, JinjaExpression Operand)[] Rest, int Line) : JinjaExpression(Line);

internal sealed record JinjaConditional(JinjaExpression Test, JinjaExpression Then, JinjaExpression? Else, int Line) : JinjaExpression(Line);

internal sealed record JinjaAttribute(JinjaExpression Target, string Name, int Line) : JinjaExpression(Line);

internal sealed record JinjaItem(JinjaExpression Target, JinjaExpression Index, int Line) : JinjaExpression(Line);

internal sealed record JinjaSlice(JinjaExpression? Start, JinjaExpression? Stop, JinjaExpression? Step, int Line) : JinjaExpression(Line);

/// <summary>What stands between the parentheses of a call.</summary>
internal sealed record JinjaCallArguments(JinjaExpression[] Positional, (string Name, JinjaExpression Value)[] Named, JinjaExpression? MorePositional, JinjaExpression? MoreNamed)
{
    public static JinjaCallArguments None { get; } = new([], [], null, null);
}

internal sealed record JinjaCall(JinjaExpression Target, JinjaCallArguments Arguments, int Line) : JinjaExpression(Line);

/// <summary>Target is null where a block is filtered.</summary>
internal sealed record JinjaFilterNode(JinjaExpression? Target, string Name, JinjaCallArguments Arguments, int Line) : JinjaExpression(Line);

internal sealed record JinjaTestNode(JinjaExpression Target, string Name, JinjaCallArguments Arguments, int Line) : JinjaExpression(Line);

/// <summary>ns.name as the target of an assignment.</summary>
internal sealed record JinjaNamespaceTarget(string Namespace, string Name, int Line) : JinjaExpression(Line);

/// <summary>A statement, or text.</summary>
internal abstract record JinjaStatement(int Line);

internal sealed record JinjaData(string Text, int Line) : JinjaStatement(Line);

internal sealed record JinjaOutput(JinjaExpression Value, int Line) : JinjaStatement(Line);

internal sealed record JinjaFor(JinjaExpression Target, JinjaExpression Source, JinjaExpression? Filter, bool Recursive, JinjaStatement[] Body, JinjaStatement[] Else, int Line) : JinjaStatement(Line);

internal sealed record JinjaIf((JinjaExpression Test, JinjaStatement[] Body)[] Branches, JinjaStatement[] Else, int Line) : JinjaStatement(Line);

internal sealed record JinjaSet(JinjaExpression Target, JinjaExpression Value, int Line) : JinjaStatement(Line);

internal sealed record JinjaSetBlock(JinjaExpression Target, JinjaFilterNode? Filter, JinjaStatement[] Body, int Line) : JinjaStatement(Line);

/// <summary>Parameters and body of a macro or a call block.</summary>
/// <param name="Name">The macro's name; "caller" of a call block.</param>
/// <param name="Parameters">Names.</param>
/// <param name="Defaults">Of the last parameters.</param>
/// <param name="Body">What it renders.</param>
/// <param name="Uses">Which of caller, kwargs and varargs the body names: only those are taken.</param>
internal sealed record JinjaSignature(string Name, string[] Parameters, JinjaExpression[] Defaults, JinjaStatement[] Body, HashSet<string> Uses);

internal sealed record JinjaMacroNode(JinjaSignature Macro, int Line) : JinjaStatement(Line);

internal sealed record JinjaCallBlock(JinjaCall Call, JinjaSignature Caller, int Line) : JinjaStatement(Line);

internal sealed record JinjaFilterBlock(JinjaFilterNode Filter, JinjaStatement[] Body, int Line) : JinjaStatement(Line);

internal sealed record JinjaWith((JinjaExpression Target, JinjaExpression Value)[] Values, JinjaStatement[] Body, int Line) : JinjaStatement(Line);

/// <summary>A block whose place in the text is kept: what the assistant wrote.</summary>
internal sealed record JinjaGeneration(JinjaStatement[] Body, int Line) : JinjaStatement(Line);

internal sealed record JinjaBlock(string Name, bool Scoped, JinjaStatement[] Body, int Line) : JinjaStatement(Line);

internal sealed record JinjaJump(bool Break, int Line) : JinjaStatement(Line);

/// <summary>A tag that needs other files: an error when it is reached, as without a loader.</summary>
internal sealed record JinjaRefused(string Tag, int Line) : JinjaStatement(Line);
