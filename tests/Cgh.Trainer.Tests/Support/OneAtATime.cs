using Xunit.Sdk;
using Xunit.v3;

// Torch's generator, thread count and number of live tensors belong to the process.
[assembly: Parallelization(Mode = ParallelMode.None)]
