namespace Pure.Tuner.Ascend;

/// <summary>How a card is used. The variables are those of torch_npu, which the vendor's runtime itself does not read.</summary>
/// <param name="Device">Number among the visible cards; ASCEND_RT_VISIBLE_DEVICES, which the runtime reads, says which those are.</param>
/// <param name="Blocking">Whether each launch is waited for, so that an error names its operator: ASCEND_LAUNCH_BLOCKING=1.</param>
/// <param name="LaunchThread">Whether a second thread launches what the caller has planned: TASK_QUEUE_ENABLE 1 or 2; 0 keeps all on the caller.</param>
/// <param name="Deterministic">Whether kernels sum in the same order every time.</param>
/// <param name="StrictDevice">Whether work that would fall back to the host is an error.</param>
internal sealed record AscendOptions(int Device = 0, bool Blocking = false, bool LaunchThread = true, bool Deterministic = true, bool StrictDevice = false)
{
    /// <summary>As the variables say.</summary>
    /// <exception cref="ArgumentException">A variable has no value that means something.</exception>
    public static AscendOptions OfEnvironment(int device) => new(device,
        Blocking: Read("ASCEND_LAUNCH_BLOCKING", 0, 1) == 1,
        LaunchThread: Read("TASK_QUEUE_ENABLE", 1, 2) != 0);

    private static int Read(string name, int usual, int most)
    {
        string? text = Environment.GetEnvironmentVariable(name);
        if (string.IsNullOrWhiteSpace(text)) return usual;
        return int.TryParse(text, out int value) && value >= 0 && value <= most ? value : throw new ArgumentException($"npu: {name} must be 0 to {most}, not {text}");
    }
}
