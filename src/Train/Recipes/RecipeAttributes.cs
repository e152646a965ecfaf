namespace Pure.Tuner;

/// <summary>The values that a recipe key may have; those in <see cref="Later"/> are known to the format and refused by name.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OneOfAttribute(params string[] values) : Attribute
{
    public string[] Values => values;
    public string Later { get; init; } = "";
    public string Cure { get; init; } = "";
}

/// <summary>The range of a number in a recipe.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NumberAttribute : Attribute
{
    public double Min { get; init; } = double.NegativeInfinity;
    public double Max { get; init; } = double.PositiveInfinity;
    /// <summary>Whether <see cref="Min"/> itself is outside.</summary>
    public bool Above { get; init; }
    /// <summary>One more value that is allowed although outside, such as -1 for "not set".</summary>
    public double Except { get; init; } = double.NaN;
}

/// <summary>A text in whose place a mapping may stand; it becomes JSON text.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MappingTooAttribute : Attribute;
