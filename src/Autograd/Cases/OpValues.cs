namespace Pure.Tuner;

/// <summary>Which numbers an input is filled with, so that an operator is met where it is smooth and where its neighbours are far.</summary>
public enum OpValues
{
    /// <summary>-1 to 1.</summary>
    Signed,
    /// <summary>0.5 to 2: for logarithms, roots and divisors.</summary>
    Positive,
    /// <summary>0.2 to 1.2 with either sign: away from the kink at 0.</summary>
    AwayFromZero,
    /// <summary>In each row all different and at least 1/n apart: one largest element.</summary>
    Distinct,
    /// <summary>Multiples of 0.2: never within 0.1 of <see cref="Odd"/>.</summary>
    Even,
    /// <summary>Multiples of 0.2, plus 0.1.</summary>
    Odd,
    /// <summary>cos of an angle that grows with the element's number.</summary>
    Cosine,
    /// <summary>sin of the angle whose cosine is <see cref="Cosine"/>.</summary>
    Sine,
    /// <summary>Whole numbers from 0 to below <see cref="OpInput.Below"/>.</summary>
    Ids,
    /// <summary>0 or 1.</summary>
    Truth,
}

/// <summary>How an input lies in memory.</summary>
public enum OpLayout
{
    /// <summary>Row-major, the parameter itself.</summary>
    Contiguous,
    /// <summary>The last two dimensions exchanged: rows are strided.</summary>
    Transposed,
    /// <summary>Cut out of a larger tensor: rows are contiguous, but not one after another.</summary>
    Sliced,
}
