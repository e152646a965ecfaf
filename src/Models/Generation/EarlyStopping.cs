namespace Pure.Tuner;

/// <summary>When a beam search stops.</summary>
public enum EarlyStopping
{
    /// <summary>When the best open beam, were it to end now, would not beat the worst finished one.</summary>
    False,

    /// <summary>As soon as num_beams are finished.</summary>
    True,

    /// <summary>When no continuation could beat the worst finished one, whatever its length.</summary>
    Never,
}
