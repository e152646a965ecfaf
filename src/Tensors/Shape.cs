using System.Collections;
using System.Runtime.CompilerServices;

namespace Pure.Tuner;

/// <summary>The lengths of a tensor's dimensions, outermost first. A scalar has none.</summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public readonly struct Shape : IEquatable<Shape>, IEnumerable<int>
{
    private readonly int[]? _lengths;

    /// <summary>Takes the lengths as they are; none may be negative.</summary>
    /// <exception cref="ArgumentException">A length is negative.</exception>
    public Shape(params ReadOnlySpan<int> lengths)
    {
        foreach (int length in lengths)
            if (length < 0) throw new ArgumentException($"shape: a length is negative: [{string.Join(", ", lengths.ToArray())}]");
        _lengths = lengths.ToArray();
    }

    private Shape(int[] lengths, bool _) => _lengths = lengths;

    /// <summary>A shape that keeps the array itself: the caller gives it away and has checked it.</summary>
    internal static Shape Owning(int[] lengths) => new(lengths, true);

    /// <summary>For collection expressions: <c>Shape s = [2, 3];</c></summary>
    public static Shape Create(ReadOnlySpan<int> lengths) => new(lengths);

    /// <summary>Number of dimensions.</summary>
    public int Rank => _lengths?.Length ?? 0;

    /// <summary>Length along a dimension; negative counts from the last (^1 works too).</summary>
    public int this[int dimension] => Lengths[dimension < 0 ? dimension + Rank : dimension];

    /// <inheritdoc cref="this[int]"/>
    public int this[Index dimension] => Lengths[dimension.GetOffset(Rank)];

    /// <summary>Elements in all: the product of the lengths, 1 for a scalar.</summary>
    public long Count
    {
        get
        {
            long count = 1;
            foreach (int length in Lengths) count = checked(count * length);
            return count;
        }
    }

    /// <summary>Length of the last dimension, 1 for a scalar.</summary>
    public int Last => Rank == 0 ? 1 : this[Rank - 1];

    /// <summary>Elements in all but the last dimension.</summary>
    public int Rows
    {
        get
        {
            int rows = 1;
            for (int i = 0; i < Rank - 1; i++) rows = checked(rows * this[i]);
            return rows;
        }
    }

    /// <summary>The lengths.</summary>
    public ReadOnlySpan<int> Lengths => _lengths;

    /// <summary>The same shape with another last length.</summary>
    public Shape WithLast(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        int[] lengths = [.. Lengths];
        lengths[^1] = length;
        return Owning(lengths);
    }

    /// <summary>Row-major strides in elements.</summary>
    internal int[] ContiguousStrides()
    {
        var strides = new int[Rank];
        int stride = 1;
        for (int i = Rank - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride = checked(stride * Math.Max(1, this[i]));
        }
        return strides;
    }

    /// <inheritdoc/>
    public bool Equals(Shape other) => Lengths.SequenceEqual(other.Lengths);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int length in Lengths) hash.Add(length);
        return hash.ToHashCode();
    }

    /// <summary>Same lengths in the same order.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Not the same lengths.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>As in messages: [3, 37].</summary>
    public override string ToString() => $"[{string.Join(", ", Lengths.ToArray())}]";

    IEnumerator<int> IEnumerable<int>.GetEnumerator() => ((IEnumerable<int>)(_lengths ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<int>)this).GetEnumerator();
}
