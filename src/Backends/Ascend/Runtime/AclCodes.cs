namespace Pure.Tuner.Ascend;

/// <summary>What a status means, why it comes and what to do: in our words, by number.</summary>
/// <param name="Name">Short name.</param>
/// <param name="Cause">Why it usually comes.</param>
/// <param name="Remedy">What to try first.</param>
internal readonly record struct AclCode(string Name, string Cause, string Remedy);

/// <summary>The statuses of ACL, the runtime below it, and ACLNN.</summary>
internal static class AclCodes
{
    /// <summary>aclInit was called before: no error.</summary>
    public const int RepeatedInit = 100002;

    private const string Report = "send us what `pure-tuner doctor --device npu --report` writes";
    private const string Blocking = "run again with ASCEND_LAUNCH_BLOCKING=1: then the operator that failed is named";
    private const string OtherProcess = "look with `npu-smi info` who else uses the card";
    private const string Reset = "start again; if it comes back, reset the card with `npu-smi set -t reset`";

    private static readonly Dictionary<int, AclCode> s_known = new()
    {
        [100000] = new("invalid parameter", "an argument of the runtime call is out of its range", Report),
        [100001] = new("not initialised", "the library was used before aclInit", Report),
        [100039] = new("stub library", "the folder holds the development stubs, not the libraries that run", "install the CANN toolkit and its kernels package, or let ASCEND_HOME_PATH name the folder of the real ones"),
        [148049] = new("bad operator path", "ASCEND_OPP_PATH names no operator package", "let ASCEND_OPP_PATH name the toolkit's opp folder"),
        [200000] = new("host memory exhausted", "the library could not allocate", "free memory of the computer"),
        [200001] = new("call not supported", "this driver or card has no such call", "install a driver of the toolkit's generation"),
        [200003] = new("address not aligned", "a block does not start where the kernel needs it", Report),
        [500000] = new("internal error", "the library failed inside", Report),
        [500001] = new("failure", "the library failed inside", Report),
        [500003] = new("runtime failure", "the runtime below the library failed", "see the log under ~/ascend/log"),
        [500004] = new("driver failure", "the driver answered with an error", "check the driver with `npu-smi info`"),

        [107000] = new("invalid parameter", "the runtime refused an argument", Report),
        [107001] = new("no such device", "the number is not that of a visible card", "give --device npu:i with i below the number of cards; ASCEND_RT_VISIBLE_DEVICES renumbers from 0"),
        [107002] = new("no device on this thread", "a thread touched the card without naming it first", Report),
        [107003] = new("stream of another context", "a stream was used while another card was current", Report),
        [107006] = new("event has no time", "an event was read before it was recorded", Report),
        [107007] = new("events in the wrong order", "the first event was recorded after the second", Report),
        [107017] = new("invalid handle", "an object of the runtime was used after its end", Report),
        [107019] = new("wait timed out", "the card did not finish in time", Blocking),
        [107020] = new("task timed out", "a kernel ran too long", Blocking),
        [107022] = new("device aborted", "the card stopped all work", Reset),
        [107023] = new("stream aborted", "the card stopped this stream", Reset),
        [107030] = new("call not allowed while capturing", "a graph is being captured on the stream", Report),

        [207000] = new("feature not supported", "this card or driver has no such feature", "use another card or driver"),
        [207001] = new("device memory exhausted", "no block of that size is free: too much is held, it lies in pieces, or another process has it", "take a smaller batch or cutoff_len, or checkpoint activations; " + OtherProcess),
        [207004] = new("no device", "the process sees no card", "check `npu-smi info`, the rights on /dev/davinci*, and ASCEND_RT_VISIBLE_DEVICES"),
        [207007] = new("no event left", "too many events are alive", Report),
        [207008] = new("no stream left", "too many streams are alive on the card, perhaps of other processes", OtherProcess),
        [207009] = new("no notify left", "too many notifies are alive", OtherProcess),
        [207018] = new("device memory exhausted", "the card has no memory left", "take a smaller batch or cutoff_len; " + OtherProcess),

        [507000] = new("runtime internal error", "the runtime failed inside", "see the log under ~/ascend/log"),
        [507002] = new("stream full", "too many tasks wait on the stream", Report),
        [507008] = new("unknown card", "the libraries do not know this card", "install the toolkit and kernels package made for it"),
        [507009] = new("task type not supported", "the driver does not run this kind of task", "install a driver of the toolkit's generation"),
        [507011] = new("execution failed", "an earlier kernel failed: a bad index, a bad address or a freed block", Blocking),
        [507014] = new("AI core timed out", "an earlier kernel ran too long", Blocking),
        [507015] = new("AI core exception", "an earlier kernel read or wrote where it must not, or met an index outside its table", Blocking),
        [507017] = new("AI CPU timed out", "an operator on the card's own processor ran too long", Blocking),
        [507018] = new("AI CPU exception", "an operator on the card's own processor failed", Blocking),
        [507033] = new("device setup failed", "the card could not be opened", "check the rights on /dev/davinci* and that driver and firmware fit each other"),
        [507034] = new("vector core timed out", "an earlier kernel ran too long", Blocking),
        [507035] = new("vector core exception", "an earlier kernel read or wrote where it must not", Blocking),
        [507046] = new("waiting for the stream timed out", "the card did not finish in time", Blocking),
        [507047] = new("waiting for the event timed out", "the card did not finish in time", Blocking),
        [507048] = new("task group timed out", "an earlier kernel ran too long", Blocking),
        [507049] = new("task group exception", "an earlier kernel failed", Blocking),
        [507050] = new("task group trap", "an earlier kernel failed", Blocking),
        [507053] = new("device memory error", "the card's memory failed", Reset),
        [507054] = new("memory bit error", "the card's memory has an error that could not be corrected", Reset),
        [507899] = new("driver internal error", "the driver failed inside", "check the driver with `npu-smi info`"),
        [507901] = new("connection to the card lost", "the driver's channel to the card broke", Reset),

        [161001] = new("null pointer", "an argument that must be there is not", Report),
        [161002] = new("invalid parameter", "the operator does not take these dtypes, shapes, strides or settings on this card", Report),
        [361001] = new("runtime error in the operator", "the runtime below the operator failed, or the card is not supported", "see the log under ~/ascend/log"),
        [561000] = new("operator internal error", "the operator failed inside", Report),
        [561001] = new("no output shape", "the operator could not tell the shape of its output", Report),
        [561002] = new("no tiling", "the operator found no way to cut these shapes", Report),
        [561003] = new("kernel not found", "the kernels package has no kernel for this card and dtype", "install the kernels package made for this card"),
        [561101] = new("no executor", "the operator could not be planned", Report),
        [561102] = new("executor not handed over", "the operator could not be planned", Report),
        [561103] = new("internal null pointer", "the operator failed inside", Report),
        [561107] = new("ASCEND_OPP_PATH missing", "the operator libraries do not know where their package is", "let ASCEND_OPP_PATH name the toolkit's opp folder"),
        [561112] = new("kernels package missing", "the toolkit was installed without the kernels of this card", "install the kernels package made for this card"),
    };

    /// <summary>What a status means; of one that is not known, its family.</summary>
    public static AclCode Of(int code) => s_known.TryGetValue(code, out AclCode known) ? known : code switch
    {
        >= 561104 and <= 561119 => new("kernels package damaged", "the operator package or one of its files cannot be read", "install the kernels package again"),
        >= 107024 and <= 107041 => new("graph capture misused", "a call is not allowed while a graph is captured", Report),
        >= 507000 and < 508000 => new("device error", "an earlier kernel or the card failed", Blocking),
        >= 207000 and < 208000 => new("resource exhausted", "the card or driver has no more of what was asked for", OtherProcess),
        _ => new("unknown status", "not in our table", "see the log under ~/ascend/log"),
    };

    /// <summary>Whether the device's memory is exhausted: the pool can give blocks back and try again.</summary>
    public static bool IsOutOfMemory(int code) => code is 207001 or 207018 or 200000;

    /// <summary>Whether the context is of no use any more: a kernel or the card failed.</summary>
    public static bool IsFault(int code) => code is 107022 or 107023 or >= 507000 and < 508000;

    /// <summary>
    /// Whether planning says that the operator does not take these arguments here: they may be composed instead. Operators that are made of others
    /// answer a missing kernel or tiling with 561103, some gradients with 161001 (what is required is never null here).
    /// </summary>
    public static bool IsRefusal(int code) => code is 161001 or 161002 or >= 561000 and <= 561003 or 561103 or 561112;

    /// <summary>Whether phase one says that this card or toolkit lacks the operator for these arguments: what a probe is told by.</summary>
    public static bool IsUnsupported(int code) => code is 161001 or 161002 or 361001 or 200001 or 207000 || code is >= 561000 and <= 561119;
}
