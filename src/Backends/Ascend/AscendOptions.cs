namespace Pure.Tuner.Ascend;

/// <summary>How a card is used. The variables are those of torch_npu, which the vendor's runtime itself does not read.</summary>
/// <param name="Device">Number among the visible cards; ASCEND_RT_VISIBLE_DEVICES, which the runtime reads, says which those are.</param>
/// <param name="Blocking">Whether each launch is waited for, so that an error names its operator: ASCEND_LAUNCH_BLOCKING=1.</param>
/// <param name="Queue">Who does what: TASK_QUEUE_ENABLE 0 keeps all on the caller, 1 has a second thread launch what the caller has planned, 2 has it plan as well.</param>
/// <param name="Deterministic">Whether kernels sum in the same order every time.</param>
/// <param name="StrictDevice">Whether work that would fall back to the host is an error.</param>
/// <param name="Executors">How many planned operators are kept at most to be launched again with other addresses: PURE_TUNER_EXECUTOR_CACHE, our own; 0 plans each call.</param>
internal sealed record AscendOptions(int Device = 0, bool Blocking = false, int Queue = 1, bool Deterministic = true, bool StrictDevice = false, int Executors = AscendOptions.UsualExecutors)
{
    /// <summary>More than a model has kinds of calls, as far as its batches have one length.</summary>
    internal const int UsualExecutors = 512;


    /// <summary>As the variables say.</summary>
    /// <exception cref="ArgumentException">A variable has no value that means something.</exception>
    public static AscendOptions OfEnvironment(int device) => new(device,
        Blocking: Read("ASCEND_LAUNCH_BLOCKING", 0, 1) == 1,
        Queue: Read("TASK_QUEUE_ENABLE", 1, 2),
        Executors: Read("PURE_TUNER_EXECUTOR_CACHE", UsualExecutors, 100_000));

    private static int Read(string name, int usual, int most)
    {
        string? text = Environment.GetEnvironmentVariable(name);
        if (string.IsNullOrWhiteSpace(text)) return usual;
        return int.TryParse(text, out int value) && value >= 0 && value <= most ? value : throw new ArgumentException($"npu: {name} must be 0 to {most}, not {text}");
    }
}
