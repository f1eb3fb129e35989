namespace Cgh.Core.Numpy;

/// <summary>
/// The binomial distribution as NumPy's legacy generator samples it: by inversion if few successes are expected, else by rejection
/// (BTPE; Kachitvichyanukul and Schmeiser 1988). Operations are in NumPy's order, so that every sample is identical.
/// </summary>
internal abstract class BinomialDistribution
{
    // NumPy's threshold between inversion and rejection.
    private const double MaxInversionMean = 30;

    /// <param name="trials">Number of trials, at least 0.</param>
    /// <param name="probability">Probability of success, 0 to 0.5.</param>
    public static BinomialDistribution Create(long trials, double probability) =>
        probability * trials <= MaxInversionMean ? new Inversion(trials, probability) : new Rejection(trials, probability);

    public abstract long Next(RandomState random);

    private sealed class Inversion(long trials, double probability) : BinomialDistribution
    {
        private readonly double _failure = 1 - probability;
        private readonly double _none = Math.Exp(trials * Math.Log(1 - probability));
        private readonly long _max = (long)Math.Min(trials, (trials * probability) + (10 * Math.Sqrt((trials * probability * (1 - probability)) + 1)));

        public override long Next(RandomState random)
        {
            while (true)
            {
                var rest = random.NextDouble();
                var chance = _none;
                var successes = 0L;
                while (rest > chance)
                {
                    if (++successes > _max)
                    {
                        break;
                    }

                    rest -= chance;
                    chance = (trials - successes + 1) * probability * chance / (successes * _failure);
                }

                if (successes <= _max)
                {
                    return successes;
                }
            }
        }
    }

    // The envelope consists of a triangle around the mode, parallelograms on both sides of it and two exponential tails.
    private sealed class Rejection : BinomialDistribution
    {
        private readonly long _trials;
        private readonly double _success;
        private readonly double _failure;
        private readonly double _variance;
        private readonly long _mode;
        private readonly double _centre;
        private readonly double _left;
        private readonly double _right;
        private readonly double _parallelogramHeight;
        private readonly double _leftDecay;
        private readonly double _rightDecay;
        private readonly double _triangle;
        private readonly double _parallelogram;
        private readonly double _leftTail;
        private readonly double _rightTail;

        public Rejection(long trials, double probability)
        {
            _trials = trials;
            _success = probability;
            _failure = 1 - probability;
            _variance = trials * _success * _failure;
            var peak = (trials * _success) + _success;
            _mode = (long)Math.Floor(peak);
            _triangle = Math.Floor((2.195 * Math.Sqrt(_variance)) - (4.6 * _failure)) + 0.5;
            _centre = _mode + 0.5;
            _left = _centre - _triangle;
            _right = _centre + _triangle;
            _parallelogramHeight = 0.134 + (20.5 / (15.3 + _mode));
            _leftDecay = Decay((peak - _left) / (peak - (_left * _success)));
            _rightDecay = Decay((_right - peak) / (_right * _failure));

            // Cumulative areas.
            _parallelogram = _triangle * (1 + (2 * _parallelogramHeight));
            _leftTail = _parallelogram + (_parallelogramHeight / _leftDecay);
            _rightTail = _leftTail + (_parallelogramHeight / _rightDecay);

            static double Decay(double slope) => slope * (1 + (slope / 2));
        }

        public override long Next(RandomState random)
        {
            while (true)
            {
                var area = random.NextDouble() * _rightTail;
                var height = random.NextDouble();
                long candidate;
                if (area <= _triangle)
                {
                    return (long)Math.Floor(_centre - (_triangle * height) + area);
                }

                if (area <= _parallelogram)
                {
                    var x = _left + ((area - _triangle) / _parallelogramHeight);
                    height = (height * _parallelogramHeight) + 1 - (Math.Abs(_mode - x + 0.5) / _triangle);
                    if (height > 1)
                    {
                        continue;
                    }

                    candidate = (long)Math.Floor(x);
                }
                else if (height == 0)
                {
                    // Both tails take the logarithm of the height.
                    continue;
                }
                else if (area <= _leftTail)
                {
                    candidate = (long)Math.Floor(_left + (Math.Log(height) / _leftDecay));
                    if (candidate < 0)
                    {
                        continue;
                    }

                    height = height * (area - _parallelogram) * _leftDecay;
                }
                else
                {
                    candidate = (long)Math.Floor(_right - (Math.Log(height) / _rightDecay));
                    if (candidate > _trials)
                    {
                        continue;
                    }

                    height = height * (area - _leftTail) * _rightDecay;
                }

                if (IsBelow(height, candidate))
                {
                    return candidate;
                }
            }
        }

        // Whether the height is at most the ratio of the candidate's probability to the mode's.
        private bool IsBelow(double height, long candidate)
        {
            var distance = Math.Abs(candidate - _mode);
            if (distance <= 20 || distance >= (_variance / 2) - 1)
            {
                return height <= ByProduct(candidate);
            }

            // Outside this margin around the normal density's logarithm, the exact ratio is not needed.
            var margin = distance / _variance * ((((distance * ((distance / 3.0) + 0.625)) + 0.16666666666666666) / _variance) + 0.5);
            var normal = -distance * distance / (2 * _variance);
            var logarithm = Math.Log(height);
            return logarithm < normal - margin || (!(logarithm > normal + margin) && logarithm <= ByStirling(candidate));
        }

        private double ByProduct(long candidate)
        {
            var odds = _success / _failure;
            var scaled = odds * (_trials + 1);
            var relative = 1.0;
            for (var i = _mode + 1; i <= candidate; i++)
            {
                relative *= (scaled / i) - odds;
            }

            for (var i = candidate + 1; i <= _mode; i++)
            {
                relative /= (scaled / i) - odds;
            }

            return relative;
        }

        private double ByStirling(long candidate)
        {
            double successes = candidate + 1;
            double modeSuccesses = _mode + 1;
            double modeFailures = _trials + 1 - _mode;
            double failures = _trials - candidate + 1;
            return (_centre * Math.Log(modeSuccesses / successes))
                + ((_trials - _mode + 0.5) * Math.Log(modeFailures / failures))
                + ((candidate - _mode) * Math.Log(failures * _success / (successes * _failure)))
                + Correction(modeSuccesses)
                + Correction(modeFailures)
                + Correction(successes)
                + Correction(failures);
        }

        private static double Correction(double x)
        {
            var square = x * x;
            return (13680 - ((462 - ((132 - ((99 - (140 / square)) / square)) / square)) / square)) / x / 166320;
        }
    }
}
