namespace Pure.Tuner;

/// <summary>A tensor whose gradient is wanted though it is no parameter: the input of a block that is run again.</summary>
internal sealed class Leaf : IDisposable
{
    internal Leaf(Tensor value)
    {
        Value = value.Hold();
        Value.Node = this;
    }

    internal Tensor Value { get; }
    internal Tensor? Grad;

    public void Dispose()
    {
        Value.Dispose();
        Grad?.Dispose();
    }
}
