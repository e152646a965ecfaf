using System.Runtime.InteropServices;

namespace Pure.Tuner.Cli;

/// <summary>What a command is given: its arguments, where to write, and whether to stop.</summary>
internal sealed class CommandContext(Arguments arguments, TextWriter output, TextWriter error) : IDisposable
{
    private CancellationTokenSource? _cancel;
    private PosixSignalRegistration? _interrupt, _terminate;

    public Arguments Arguments => arguments;
    public TextWriter Output => output;
    public TextWriter Error => error;

    /// <summary>Cancelled by the first Ctrl-C, so that a command can save; the second ends the process. Asking for it is what installs it.</summary>
    public CancellationToken Cancellation
    {
        get
        {
            if (_cancel is not null) return _cancel.Token;
            _cancel = new CancellationTokenSource();
            _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
            _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
            return _cancel.Token;
        }
    }

    public void Dispose()
    {
        _interrupt?.Dispose();
        _terminate?.Dispose();
        _cancel?.Dispose();
    }

    private void Stop(PosixSignalContext signal)
    {
        if (_cancel!.IsCancellationRequested) return;
        signal.Cancel = true;
        error.WriteLine("stopping after what is under way; once more stops at once, without saving");
        _cancel.Cancel();
    }
}
