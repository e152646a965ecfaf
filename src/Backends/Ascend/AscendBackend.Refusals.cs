using Pure.Tuner.Ascend;

namespace Pure.Tuner;

/// <summary>
/// Fused operators that the card refuses to plan although its list promises them: the sizes may be ones that nobody wrote down. The same call
/// goes on as a composition, and so do later ones of these sizes; each is counted.
/// </summary>
public sealed unsafe partial class AscendBackend
{
    private readonly Dictionary<(AscendKernel Kernel, long Sizes), string> _refusals = [];

    /// <summary>Calls that were composed because the card refused the fused operator.</summary>
    public long RefusedCalls { get; private set; }

    /// <summary>What the library said, once for each kernel and sizes.</summary>
    internal IReadOnlyCollection<string> Refusals => _refusals.Values;

    /// <summary>Whether a fused operator is worth asking for these sizes; a call that is composed for an earlier refusal is counted.</summary>
    private bool MayTry(AscendKernel kernel, long sizes)
    {
        if (_refusals.Count == 0 || !_refusals.ContainsKey((kernel, sizes))) return true;
        RefusedCalls++;
        return false;
    }

    private readonly HashSet<(AscendKernel Kernel, long Sizes, long Length)> _launched = [];

    /// <summary>
    /// Begins a call of an operator whose phase one succeeds though there is no kernel or tiling (attention forward, AdamW: the library throws its
    /// launcher's answer away): the first of its sizes and length, which tiling goes by, is launched at once, so that phase two can refuse it.
    /// </summary>
    private OpCall BeginLate(AscendKernel kernel, long sizes, long length) => Begin(asks: true, isFirst: !_planOnly && _launched.Add((kernel, sizes, length)));

    /// <summary>Whether an error is the answer of planning alone, and nothing was handed over.</summary>
    private bool IsRefusal(AclException e) => !_planOnly && AclCodes.IsRefusal(e.Code) && _queue.Fault is null;

    /// <summary>Notes a refusal: the caller composes.</summary>
    private void Refused(AscendKernel kernel, long sizes, AclException e)
    {
        RefusedCalls++;
        _refusals[(kernel, sizes)] = e.Message;
    }
}
