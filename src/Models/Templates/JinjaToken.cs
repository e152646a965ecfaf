namespace Pure.Tuner;

internal enum JinjaTokenKind { Data, VariableBegin, VariableEnd, BlockBegin, BlockEnd, Name, String, Integer, Float, Operator, End }

/// <summary>A piece of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Data, a name, an operator; for others as written.</param>
/// <param name="Value">The value of a string or number.</param>
/// <param name="Line">Counted from 1.</param>
internal readonly record struct JinjaToken(JinjaTokenKind Kind, string Text, object? Value, int Line)
{
    public bool IsOperator(string text) => Kind == JinjaTokenKind.Operator && Text == text;

    public bool IsName(string text) => Kind == JinjaTokenKind.Name && Text == text;

    /// <summary>The token as Jinja's messages name it.</summary>
    public override string ToString() => Kind switch
    {
        JinjaTokenKind.VariableBegin => "begin of print statement",
        JinjaTokenKind.VariableEnd => "end of print statement",
        JinjaTokenKind.BlockBegin => "begin of statement block",
        JinjaTokenKind.BlockEnd => "end of statement block",
        JinjaTokenKind.Data => "template data / text",
        JinjaTokenKind.End => "end of template",
        _ => Text,
    };
}
