package demo;

import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts records, of each key and in all, and gives back the count of the record's key.
 *
 * <p>Metrics: the counter {@code countedRecords} starts with each attempt of the task; the gauge {@code count} goes on
 * from a checkpoint or savepoint; the gauge {@code restoredCount} is what was found there.
 *
 * <p>State and metrics are set up in {@code initializeState}, which Flink 1.x and 2.x know alike; {@code open} changed.
 */
final class Count extends RichMapFunction<Long, Long> implements CheckpointedFunction {

    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(Count.class);

    private final Faults faults;
    private transient ValueState<Long> countOfKey;
    private transient ListState<Long> countOfSubtask;
    private transient Counter countedRecords;
    private transient long restoredCount;

    Count(Faults faults) {
        this.faults = faults;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        countOfKey = context.getKeyedStateStore().getState(new ValueStateDescriptor<>("count-of-key", Long.class));
        countOfSubtask =
                context.getOperatorStateStore().getListState(new ListStateDescriptor<>("count", Long.class));
        for (long count : countOfSubtask.get()) {
            restoredCount += count;
        }
        LOG.info("Goes on from a count of {}", restoredCount);
        register(getRuntimeContext().getMetricGroup());
    }

    private void register(MetricGroup metrics) {
        countedRecords = metrics.counter("countedRecords");
        metrics.<Long, Gauge<Long>>gauge("count", this::count);
        metrics.<Long, Gauge<Long>>gauge("restoredCount", () -> restoredCount);
    }

    private long count() {
        return restoredCount + countedRecords.getCount();
    }

    @Override
    public Long map(Long value) throws Exception {
        Long before = countOfKey.value();
        long now = before == null ? 1 : before + 1;
        countOfKey.update(now);
        countedRecords.inc();
        faults.afterRecord(countedRecords.getCount());
        return now;
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        faults.inSnapshot();
        countOfSubtask.clear();
        countOfSubtask.add(count());
    }
}
