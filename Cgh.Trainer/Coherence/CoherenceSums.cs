namespace Cgh.Trainer.Coherence;

/// <summary>Coherence of the gradients of m examples, of all weights or of one layer's.</summary>
/// <param name="Count">Number of examples, m.</param>
/// <param name="Squares">Sum of the squared norms of the examples' gradients.</param>
/// <param name="SquareOfSum">Squared norm of the sum of the examples' gradients.</param>
internal readonly record struct CoherenceSums(int Count, double Squares, double SquareOfSum)
{
    /// <summary>m-coherence, <c>|sum g|^2 / sum |g|^2</c>: 1 if the gradients are orthogonal, m if they are identical; 0 if all are zero.</summary>
    public double Coherence => Squares > 0 ? SquareOfSum / Squares : 0;

    /// <summary>
    /// alpha: the mean of <c>g.g'</c> over pairs of different examples, divided by the mean of <c>g.g</c>. 0 if the gradients are orthogonal, 1 if they
    /// are identical, and slightly negative if they oppose each other. Unlike <see cref="Coherence"/>, its expectation does not depend on m.
    /// </summary>
    public double Alpha => Count > 1 && Squares > 0 ? (Coherence - 1) / (Count - 1) : 0;
}
