namespace Pure.Tuner.Kernels;

/// <summary>What multiplies panels of BF16 (see <see cref="PanelCall"/>) or of integers (<see cref="Int8Layout"/>) and adds up in F32.</summary>
internal abstract unsafe class PanelUnit(PanelKind kind) : IDisposable
{
    /// <summary>Elements of k in a step of a panel.</summary>
    public const int StepK = 32;

    /// <summary>What it is.</summary>
    public PanelKind Kind => kind;

    /// <summary>The unit, for people.</summary>
    public string Name => kind.Name;

    /// <summary>Rows of a panel of a.</summary>
    public int Rows => kind.Rows;

    /// <summary>Columns of a panel of b.</summary>
    public int Columns => kind.Columns;

    /// <summary>c (+)= a b. Any thread; the call is used up.</summary>
    public abstract void Run(PanelCall* call);

    /// <summary>Steps that hold k elements.</summary>
    public static int StepsOf(int k) => (k + StepK - 1) / StepK;

    public virtual void Dispose() => GC.SuppressFinalize(this);
}
