using System.Runtime.InteropServices;

namespace Pure.Tuner.Cli;

/// <summary>What a command is given: its arguments, where to write, and whether to stop.</summary>
internal sealed class CommandContext(Arguments arguments, TextWriter output, TextWriter error) : IDisposable
{
    private CancellationTokenSource? _cancel;
    private PosixSignalRegistration? _interrupt, _terminate;
    private volatile Action? _inPlace;

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
            Listen();
            return _cancel.Token;
        }
    }

    /// <summary>The command's profile, or null.</summary>
    public ProfileRun? Profile { get; private set; }

    /// <summary>Begins the profile that the arguments ask for; a signal that ends the process completes it first.</summary>
    public void BeginProfile(Command command)
    {
        Profile = ProfileRun.Begin(command, arguments);
        if (Profile is not null) Listen();
    }

    /// <summary>Until disposed Ctrl-C does this and nothing else.</summary>
    public IDisposable OnInterrupt(Action action)
    {
        Listen();
        _inPlace = action;
        return new InPlace(this);
    }

    public void Dispose()
    {
        Profile?.Leave();
        _interrupt?.Dispose();
        _terminate?.Dispose();
        _cancel?.Dispose();
    }

    private void Listen()
    {
        _interrupt ??= PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        _terminate ??= PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    }

    private void Stop(PosixSignalContext signal)
    {
        if (_inPlace is { } action && signal.Signal == PosixSignal.SIGINT)
        {
            signal.Cancel = true;
            action();
            return;
        }
        if (_cancel is null or { IsCancellationRequested: true })
        {
            Profile?.Finish(error);              // the process ends now
            return;
        }
        signal.Cancel = true;
        error.WriteLine("stopping after what is under way; once more stops at once, without saving");
        _cancel.Cancel();
    }

    private sealed class InPlace(CommandContext context) : IDisposable
    {
        public void Dispose() => context._inPlace = null;
    }
}
