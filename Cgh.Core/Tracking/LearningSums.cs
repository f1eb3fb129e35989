namespace Cgh.Core.Tracking;

/// <summary>Running sums over the tracked epochs: about 30 bytes per example, whatever the number of epochs.</summary>
/// <param name="examples">Number of examples.</param>
public sealed class LearningSums(int examples)
{
    private readonly Sums[] _sums = new Sums[examples];

    /// <summary>Adds the records of the next tracked epoch.</summary>
    /// <param name="epoch">The epoch; ascending from call to call.</param>
    /// <param name="records">Records of all examples, in their order, of <see cref="TrackingRecord.Size"/> bytes each.</param>
    public void Add(int epoch, ReadOnlySpan<byte> records)
    {
        for (var example = 0; example < _sums.Length; example++)
        {
            var record = TrackingRecord.Read(records[(example * TrackingRecord.Size)..]);
            if (record.IsSeen)
            {
                _sums[example].Add(epoch, record);
            }
        }
    }

    /// <summary>What the sums say of an example.</summary>
    public LearningRecord Of(int example, int given, int original) => _sums[example].Result(example, given, original);

    private struct Sums
    {
        // Epochs are stored plus one, so that zero means never.
        private int _first;
        private int _since;
        private int _forgetting;
        private int _seen;

        // Probabilities are whole numbers up to 255, so their sums are exact. 2^31 / 255^2 is 33,000 epochs.
        private int _probability;
        private int _squares;
        private double _margin;

        public void Add(int epoch, TrackingRecord record)
        {
            if (record.IsRight)
            {
                _first = _first == 0 ? epoch + 1 : _first;
                _since = _since == 0 ? epoch + 1 : _since;
            }
            else if (_since > 0)
            {
                _since = 0;
                _forgetting++;
            }

            _seen++;
            _probability += record.Probability;
            _squares = checked(_squares + (record.Probability * record.Probability));
            _margin += (double)record.Margin;
        }

        public readonly LearningRecord Result(int example, int given, int original)
        {
            double seen = Math.Max(1, _seen);
            var variance = Math.Max(0, (seen * _squares) - ((double)_probability * _probability));
            return new LearningRecord(
                example,
                given,
                original,
                _first - 1,
                _since - 1,
                _forgetting,
                _probability / (seen * TrackingRecord.MaxProbability),
                Math.Sqrt(variance) / (seen * TrackingRecord.MaxProbability),
                _margin / seen,
                _seen,
                _since > 0);
        }
    }
}
