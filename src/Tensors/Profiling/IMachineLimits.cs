namespace Pure.Tuner;

/// <summary>What a device can do at best, measured: what a time is held against.</summary>
public interface IMachineLimits
{
    /// <summary>Bytes read and written a second by a plain copy, in 10⁹; 0 when unknown.</summary>
    double GBPerSecond { get; }

    /// <summary>F32 additions and multiplications a second from registers, in 10⁹; 0 when unknown.</summary>
    double GFlops { get; }
}
