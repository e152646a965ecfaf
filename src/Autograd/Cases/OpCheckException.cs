namespace Pure.Tuner;

/// <summary>An operator's result or gradient is wrong.</summary>
public sealed class OpCheckException(string message) : Exception(message)
{
    /// <summary>Throws when a sample failed, naming each.</summary>
    internal static void ThrowIfAny(IEnumerable<OpFinding> findings)
    {
        OpFinding[] all = [.. findings], faults = [.. all.Where(f => !f.Passed)];
        if (faults.Length > 0) throw new OpCheckException($"{faults.Length} of {all.Length} samples failed:\n{string.Join("\n", faults.Select(f => f.ToString()))}");
    }
}
