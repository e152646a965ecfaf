namespace Pure.Tuner.Ascend;

/// <summary>An argument of an operator that was recorded: where it stands among those of the call.</summary>
internal readonly record struct OpArgument(int Index);
