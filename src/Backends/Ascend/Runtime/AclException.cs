using System.Text;

namespace Pure.Tuner.Ascend;

/// <summary>A call of the vendor's library failed: which, with what, what the library said, why it usually happens and what to do.</summary>
internal sealed class AclException(string message, int code, string function) : InvalidOperationException(message)
{
    /// <summary>The status.</summary>
    public int Code { get; } = code;

    /// <summary>The function that returned it.</summary>
    public string Function { get; } = function;

    /// <summary>The exception of a status.</summary>
    /// <param name="code">The status.</param>
    /// <param name="function">The function that returned it.</param>
    /// <param name="arguments">With what it was called.</param>
    /// <param name="said">The library's own text, or null.</param>
    /// <param name="queued">Launches that may be the culprit, oldest first.</param>
    public static AclException Of(int code, string function, string? arguments, string? said, IReadOnlyList<string>? queued = null)
    {
        AclCode known = AclCodes.Of(code);
        var text = new StringBuilder($"{function}: {known.Name} ({code})");
        if (!string.IsNullOrEmpty(arguments)) text.Append($" with {arguments}");
        text.Append($": {known.Cause}");
        if (queued is { Count: > 0 }) text.Append($"; queued since the last wait, the latest last: {string.Join("; ", queued)}");
        if (!string.IsNullOrWhiteSpace(said)) text.Append($"; the library says: {said.Trim()}");
        text.Append($"; {known.Remedy}");
        return new AclException(text.ToString(), code, function);
    }
}

/// <summary>The card has no room for a block: the pool gives back what is idle and asks once more.</summary>
internal sealed class AclOutOfMemoryException(string message) : OutOfMemoryException(message);
