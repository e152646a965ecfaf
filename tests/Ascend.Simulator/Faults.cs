using System.Globalization;

namespace Pure.Tuner.Ascend.Simulator;

/// <summary>
/// Faults that are injected: a list of <c>WHAT:N</c> or <c>WHAT:N=CODE</c>, where N counts from 1 (<c>N+</c>: this one and all after it) and WHAT is
/// launch (the kernel faults), plan (phase one fails), copy (a copy or fill fails, later if it is asynchronous), alloc (aclrtMalloc), host
/// (aclrtMallocHost), time (aclrtEventElapsedTime), plan-OPERATOR and refuse-OPERATOR (phase one and phase two of that operator alone); and of <c>missing:SYMBOL</c>, a function that the toolkit lacks.
/// </summary>
internal sealed class Faults
{
    private static readonly Dictionary<string, int> s_codes = new(StringComparer.Ordinal)
    {
        ["launch"] = Code.CoreException,
        ["plan"] = Code.Inner,
        ["refuse"] = Code.NoKernel,
        ["copy"] = Code.MemoryFault,
        ["alloc"] = Code.OutOfMemory,
        ["host"] = Code.OutOfMemory,
        ["time"] = Code.NoTimestamp,
    };

    private readonly Dictionary<(string What, long Index), int> _faults = [];
    private readonly Dictionary<string, (long Index, int Code)> _lasting = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _missing = new(StringComparer.Ordinal);

    public Faults(string list)
    {
        foreach (string item in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = item.Split(':', '=');
            bool lasts = parts.Length > 1 && parts[1].EndsWith('+');
            if (lasts) parts[1] = parts[1][..^1];
            if (parts is ["missing", var symbol]) _missing.Add(symbol);
            else if (parts.Length is 2 or 3 && s_codes.TryGetValue(parts[0].Split('-')[0], out int code)
                && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long index) && index > 0
                && (parts.Length == 2 || int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out code)))
            {
                if (lasts) _lasting[parts[0]] = (index, code);
                else _faults[(parts[0], index)] = code;
            }
            else throw new AclException(Code.InvalidArgument, "", $"ASCEND_SIM_FAULT: launch:17, launch:17=507015, plan:3, copy:2, alloc:5, alloc:5+, host:1, time:1 or missing:SYMBOL was expected, found {item}");
        }
    }

    /// <summary>Whether a symbol is missing.</summary>
    public bool IsMissing(string symbol) => _missing.Contains(symbol);

    /// <summary>The function that was made to fail last; null before.</summary>
    public string? Injected { get; private set; }

    /// <summary>Counts one more of a kind; the code if this one is to fail.</summary>
    /// <param name="what">The kind.</param>
    /// <param name="function">Who asks.</param>
    public int? Next(string what, string function)
    {
        lock (_counts)
        {
            long index = _counts[what] = _counts.GetValueOrDefault(what) + 1;
            if (!_faults.TryGetValue((what, index), out int code))
            {
                if (!_lasting.TryGetValue(what, out (long Index, int Code) lasting) || index < lasting.Index) return null;
                code = lasting.Code;
            }
            Injected = function;
            return code;
        }
    }

    /// <summary>How many of a kind there were.</summary>
    public long Count(string what)
    {
        lock (_counts) return _counts.GetValueOrDefault(what);
    }
}
