namespace Pure.Tuner.Kernels;

/// <summary>What multiplies panels of BF16 (see <see cref="PanelCall"/>) and adds up in F32.</summary>
internal abstract unsafe class PanelUnit(string name, int rows, int columns) : IDisposable
{
    /// <summary>Elements of k in a step of a panel.</summary>
    public const int StepK = 32;

    /// <summary>The unit, for people.</summary>
    public string Name => name;

    /// <summary>Rows of a panel of a.</summary>
    public int Rows => rows;

    /// <summary>Columns of a panel of b.</summary>
    public int Columns => columns;

    /// <summary>c (+)= a b. Any thread; the call is used up.</summary>
    public abstract void Run(PanelCall* call);

    /// <summary>Steps that hold k elements.</summary>
    public static int StepsOf(int k) => (k + StepK - 1) / StepK;

    public virtual void Dispose() => GC.SuppressFinalize(this);
}
