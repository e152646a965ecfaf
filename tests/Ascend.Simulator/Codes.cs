namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Statuses of the library that the simulator returns.</summary>
internal static class Code
{
    public const int Ok = 0;

    // The acl layer.
    public const int InvalidArgument = 100000, Uninitialised = 100001, RepeatedInit = 100002, RepeatedFinalize = 100037, Internal = 500000;

    // The runtime's own, passed on.
    public const int Parameter = 107000, DeviceId = 107001, NoContext = 107002, ForeignStream = 107003, NoTimestamp = 107006, ReversedTimestamps = 107007, InvalidHandle = 107017;
    public const int NotSupported = 207000, OutOfMemory = 207001, NoEvents = 207007, NoStreams = 207008;
    public const int SocVersion = 507008, CoreException = 507015, StreamTimeout = 507046, MemoryFault = 507053;

    // The operators' layer.
    public const int NullPointer = 161001, InvalidParameter = 161002, RuntimeFailed = 361001, Inner = 561000, NoTiling = 561002, NoKernel = 561003, InnerNull = 561103;
}

/// <summary>A call that is refused: the code that it returns, the rule that was broken (empty where none was) and why.</summary>
internal sealed class AclException(int code, string rule, string message) : Exception(rule.Length == 0 ? message : $"{message} [{rule}]")
{
    public int Code { get; } = code;
    public string Rule { get; } = rule;

    /// <summary>Why, without the rule.</summary>
    public string Text { get; } = message;
}
