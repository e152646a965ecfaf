namespace Pure.Tuner;

/// <summary>Why a row ended.</summary>
public enum FinishReason
{
    /// <summary>It made an end token.</summary>
    Eos,

    /// <summary>It reached its largest length.</summary>
    Length,

    /// <summary>The caller ended it, or a stop string was met.</summary>
    Stopped,
}
