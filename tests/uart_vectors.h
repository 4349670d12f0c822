/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the UART must do: accesses, and the results that they must have.
 *
 * A vector is a list of tokens, separated by spaces and executed from left to
 * right on a card with two ports. Numbers are hexadecimal, but k is decimal:
 *
 *   RST         reset both ports, start counting messages
 *   Wn=hh       write hh to offset n; Wn=hh*k does so k times, and Wn=[aa-bb]
 *               writes aa, aa + 1 .. bb
 *   Rn=hh       a read of offset n must return hh; Rn=[aa-bb] reads aa, aa + 1 .. bb
 *   I=b         the request of the port must be b
 *   L=b         INTx of the card, the OR of both ports, must be b
 *   M=k         k messages must have been sent since RST
 *   p:token     the token is for port p; the default is port 0
 *
 * uart_vector_run.h executes them, in user space and in the kernel.
 */
#ifndef UART_VECTORS_H
#define UART_VECTORS_H

#include "uart_vector_run.h"

static const struct uart_vector uart_vectors[] = {
	{
		.id = "V01",
		.name = "every_register_reads_its_reset_value",
		.tokens =
		"RST R1=00 R2=01 R3=00 R4=00 R5=60 R6=00 R7=00 R0=00 I=0 M=0",
	}, {
		.id = "V02",
		.name = "dlab_turns_offsets_0_and_1_into_the_divisor",
		.tokens =
		"RST W3=80 R0=0C R1=00 W0=34 W1=12 R0=34 R1=12 W3=03 R1=00 R0=00 R5=60 W3=83 R0=34 R1=12 R3=83",
	}, {
		.id = "V03",
		.name = "ier_keeps_only_its_low_nibble",
		.tokens =
		"RST W1=FF R1=0F W1=F0 R1=00 W1=55 R1=05 W1=40 R1=00 W1=80 R1=00",
	}, {
		.id = "V04",
		.name = "lcr_keeps_all_eight_bits",
		.tokens =
		"RST W3=BF R3=BF W3=3F R3=3F W3=1A R3=1A W3=E0 R3=E0 W3=00 R3=00",
	}, {
		.id = "V05",
		.name = "mcr_keeps_only_its_low_five_bits",
		.tokens =
		"RST W4=FF R4=1F W4=E0 R4=00 W4=20 R4=00 W4=22 R4=02",
	}, {
		.id = "V06",
		.name = "scratch_is_plain_storage_whatever_dlab_says",
		.tokens =
		"RST W7=A5 R7=A5 W7=5A R7=5A W3=80 R7=5A W7=11 R7=11 W3=00 R7=11",
	}, {
		.id = "V07",
		.name = "writes_to_lsr_and_msr_are_ignored",
		.tokens =
		"RST W5=FF R5=60 W6=FF R6=00 R5=60 W5=00 R5=60",
	}, {
		.id = "V08",
		.name = "no_lcr_value_selects_another_register_bank",
		.tokens =
		"RST W2=01 W3=80 R2=C1 W3=BF R2=C1 R4=00 R5=60 R6=00 R7=00 W3=E0 R2=C1 W3=00 R2=C1 R5=60",
	}, {
		.id = "V09",
		.name = "reset_overwrites_a_busy_port",
		.tokens =
		"RST W3=03 W2=C1 W4=1B W1=0F W0=41 W7=77 I=1 RST I=0 R1=00 R2=01 R3=00 R4=00 R5=60 R6=00 R7=00 R0=00 W3=80 R0=0C",
	}, {
		.id = "V10",
		.name = "iir_shows_whether_the_fifo_is_on",
		.tokens =
		"RST R2=01 W2=01 R2=C1 W2=00 R2=01",
	}, {
		.id = "V11",
		.name = "fifo_on_drops_the_held_byte_and_arms_thre",
		.tokens =
		"RST W3=03 W1=02 R2=02 W0=41 R5=61 W2=01 R5=60 I=1 R2=C2 R2=C1 R0=00",
	}, {
		.id = "V12",
		.name = "fifo_off_drops_all_bytes_and_arms_thre",
		.tokens =
		"RST W3=03 W2=01 W0=41 W0=42 R5=61 W1=02 I=1 R2=C2 I=0 W2=00 R5=60 I=1 R2=02 R0=00",
	}, {
		.id = "V13",
		.name = "fcr_without_bit_0_is_ignored_while_the_fifo_is_off",
		.tokens =
		"RST W3=03 W0=5A R5=61 W2=06 R5=61 W2=C0 R5=61 W2=08 R2=01 R0=5A R5=60",
	}, {
		.id = "V14",
		.name = "receiver_reset_empties_the_fifo_and_clears_itself",
		.tokens =
		"RST W3=03 W2=01 W0=41 W2=03 R5=60 R2=C1 W0=42 R5=61 R0=42",
	}, {
		.id = "V15",
		.name = "transmitter_reset_leaves_the_receiver_alone",
		.tokens =
		"RST W3=03 W2=01 W0=41 W2=05 R5=61 R2=C1 R0=41 R5=60",
	}, {
		.id = "V16",
		.name = "fcr_rewrites_with_the_fifo_on_lose_no_byte",
		.tokens =
		"RST W3=03 W2=01 W0=[41-45] W2=81 R5=61 W2=01 W2=81 R0=[41-45] R5=60",
	}, {
		.id = "V17",
		.name = "dma_mode_and_64_byte_bits_of_fcr_do_nothing",
		.tokens =
		"RST W2=39 R2=C1 W2=21 R2=C1 W2=09 R2=C1 W3=80 W2=21 R2=C1 W3=00",
	}, {
		.id = "V18",
		.name = "fcr_works_with_dlab_set",
		.tokens =
		"RST W3=03 W2=01 W0=41 W3=83 W2=07 W3=03 R5=60 W3=83 W2=00 W3=03 R2=01",
	}, {
		.id = "V19",
		.name = "trigger_level_1_asks_at_the_first_byte",
		.tokens =
		"RST W3=03 W2=01 W1=01 I=0 W0=10 I=1 R2=C4 R0=10 I=0 R2=C1",
	}, {
		.id = "V20",
		.name = "trigger_level_4_turns_timeout_into_data_and_back",
		.tokens =
		"RST W3=03 W2=41 W1=01 W0=[01-03] R2=CC W0=04 R2=C4 R0=01 R2=CC R0=[02-04] R2=C1",
	}, {
		.id = "V21",
		.name = "trigger_level_8_turns_timeout_into_data_and_back",
		.tokens =
		"RST W3=03 W2=81 W1=01 W0=[01-07] R2=CC W0=08 R2=C4 W0=09 R2=C4 R0=[01-02] R2=CC R0=[03-09] R2=C1",
	}, {
		.id = "V22",
		.name = "trigger_level_14_turns_timeout_into_data_and_back",
		.tokens =
		"RST W3=03 W2=C1 W1=01 W0=[01-0D] R2=CC W0=0E R2=C4 W0=[0F-10] R2=C4 R0=[01-02] R2=C4 R0=03 R2=CC",
	}, {
		.id = "V23",
		.name = "a_new_trigger_level_counts_the_bytes_already_there",
		.tokens =
		"RST W3=03 W2=81 W1=01 W0=[01-05] R2=CC W2=41 R2=C4 W2=81 R2=CC W2=01 R2=C4 R0=[01-05] R2=C1",
	}, {
		.id = "V24",
		.name = "timeout_needs_its_enable_bit",
		.tokens =
		"RST W3=03 W2=81 W0=41 R2=C1 I=0 W1=01 I=1 R2=CC W1=00 I=0 R2=C1 R5=61 R0=41",
	}, {
		.id = "V25",
		.name = "without_fifo_there_is_no_timeout",
		.tokens =
		"RST W3=03 W1=01 W0=41 I=1 R2=04 R2=04 R0=41 I=0 R2=01",
	}, {
		.id = "V26",
		.name = "timeout_lasts_until_the_fifo_is_empty",
		.tokens =
		"RST W3=03 W2=81 W1=01 W0=[41-42] R2=CC R2=CC R5=61 R2=CC R0=41 R2=CC R0=42 R2=C1 R5=60",
	}, {
		.id = "V27",
		.name = "sources_are_named_in_order_of_priority",
		.tokens =
		"RST W3=03 W2=01 W4=0B W1=0F R2=C2 R2=C0 W0=[00-0F] R2=C4 W0=10 R2=C6 R2=C6 R5=63 R2=C4 R0=[00-0F] R2=C2 R2=C0 R6=BB R2=C1 I=0",
	}, {
		.id = "V28",
		.name = "thre_waits_behind_line_status",
		.tokens =
		"RST W3=03 W2=01 W1=06 R2=C2 W0=[00-10] I=1 R0=[00-0F] R2=C6 R2=C6 R5=62 R2=C2 R2=C1 I=0",
	}, {
		.id = "V29",
		.name = "each_source_asks_only_through_its_own_enable_bit",
		.tokens =
		"RST W3=03 W2=01 W0=[00-10] W4=03 R2=C1 I=0 W1=01 R2=C4 W1=04 R2=C6 W1=08 R2=C0 W1=02 R2=C2 R2=C1 I=0 W1=00 R2=C1 R5=63 R6=BB",
	}, {
		.id = "V30",
		.name = "modem_status_asks_until_msr_is_read",
		.tokens =
		"RST W1=08 W4=02 I=1 R2=00 R2=00 R5=60 R2=00 R6=11 I=0 R2=01",
	}, {
		.id = "V31",
		.name = "enabling_thre_while_empty_asks_once",
		.tokens =
		"RST W1=02 I=1 R2=02 I=0 R2=01",
	}, {
		.id = "V32",
		.name = "thre_asks_though_a_byte_waits_in_the_receiver",
		.tokens =
		"RST W3=03 W0=41 W1=02 I=1 R2=02 R2=01 I=0 R0=41 I=0 R2=01",
	}, {
		.id = "V33",
		.name = "a_sent_byte_is_gone_at_once_and_thre_asks_again",
		.tokens =
		"RST W3=03 W1=02 R2=02 I=0 W0=41 I=1 R2=02 R2=01 R0=41 R2=01",
	}, {
		.id = "V34",
		.name = "rewriting_ier_does_not_arm_thre_again",
		.tokens =
		"RST W1=02 R2=02 I=0 W1=02 I=0 R2=01 W1=0A R2=01 W1=03 R2=01 W1=02 R2=01",
	}, {
		.id = "V35",
		.name = "toggling_the_enable_bit_arms_thre_again",
		.tokens =
		"RST W1=02 R2=02 W1=00 W1=02 I=1 R2=02 R2=01 W1=0D W1=0F R2=02 R2=01",
	}, {
		.id = "V36",
		.name = "other_registers_do_not_arm_thre",
		.tokens =
		"RST W1=02 R2=02 R5=60 R0=00 R6=00 W4=00 R4=00 W3=03 R3=03 I=0 R2=01",
	}, {
		.id = "V37",
		.name = "transmitter_reset_arms_thre_and_receiver_reset_does_not",
		.tokens =
		"RST W3=03 W2=01 W1=02 R2=C2 I=0 W2=03 I=0 W2=05 I=1 R2=C2 I=0 W2=01 I=0",
	}, {
		.id = "V83",
		.name = "a_break_leaves_thre_alone",
		.tokens =
		"RST W3=03 W2=01 W1=02 R2=C2 W3=43 W3=03 I=0 R2=C1 R5=F1 R0=00 I=0",
	}, {
		.id = "V38",
		.name = "a_divisor_write_leaves_thre_alone",
		.tokens =
		"RST W1=02 I=1 W3=83 W0=55 I=1 R2=02 R0=55 W3=03 R5=60",
	}, {
		.id = "V39",
		.name = "sixteen_bytes_come_back_in_order",
		.tokens =
		"RST W3=03 W2=01 W0=[A0-AF] R5=61 R0=[A0-AF] R5=60",
	}, {
		.id = "V40",
		.name = "the_17th_byte_is_lost_and_flagged",
		.tokens =
		"RST W3=03 W2=01 W0=[00-0F] W0=AA R5=63 R5=61 R0=[00-0F] R5=60 R0=00",
	}, {
		.id = "V41",
		.name = "many_overruns_are_one_flag",
		.tokens =
		"RST W3=03 W2=01 W0=[00-FF] R5=63 R5=61 R0=[00-0F] R5=60",
	}, {
		.id = "V42",
		.name = "reading_data_leaves_the_overrun_flag",
		.tokens =
		"RST W3=03 W2=01 W0=[00-10] R0=[00-0F] R5=62 R5=60",
	}, {
		.id = "V43",
		.name = "without_fifo_one_byte_is_held",
		.tokens =
		"RST W3=03 W0=41 R5=61 R0=41 R5=60 W0=42 R0=42",
	}, {
		.id = "V44",
		.name = "without_fifo_an_overrun_loses_the_old_byte",
		.tokens =
		"RST W3=03 W0=41 W0=42 R5=63 R0=42 R5=60 R0=00",
	}, {
		.id = "V45",
		.name = "an_overrun_asks_through_line_status",
		.tokens =
		"RST W3=03 W1=04 W0=41 I=0 W0=42 I=1 R2=06 R5=63 I=0 R2=01 R0=42",
	}, {
		.id = "V46",
		.name = "a_byte_is_cut_to_the_word_length_when_sent",
		.tokens =
		"RST W2=01 W3=00 W0=FF W3=01 W0=FF W3=02 W0=FF W3=03 W0=FF R0=1F R0=3F R0=7F R0=FF",
	}, {
		.id = "V47",
		.name = "a_later_word_length_leaves_queued_bytes_whole",
		.tokens =
		"RST W2=01 W3=03 W0=E5 W3=00 R0=E5 R5=60",
	}, {
		.id = "V48",
		.name = "parity_and_stop_bits_change_nothing",
		.tokens =
		"RST W2=01 W3=1B W0=80 W3=0B W0=7F W3=3F W0=01 R5=61 R0=80 R0=7F R0=01 R5=60",
	}, {
		.id = "V49",
		.name = "words_have_five_bits_after_reset",
		.tokens =
		"RST W0=FF R0=1F",
	}, {
		.id = "V50",
		.name = "a_break_is_one_flagged_zero",
		.tokens =
		"RST W3=03 W2=01 W3=43 R5=F1 R5=61 R0=00 R5=60 W3=03 R5=60 R0=00",
	}, {
		.id = "V51",
		.name = "a_held_break_is_not_repeated",
		.tokens =
		"RST W3=03 W2=01 W3=43 W3=43 W3=53 R5=F1 R0=00 R5=60 W3=43 R5=60",
	}, {
		.id = "V52",
		.name = "a_second_break_is_a_second_character",
		.tokens =
		"RST W3=03 W2=01 W3=43 W3=03 W3=43 W3=03 R5=F1 R5=E1 R0=00 R5=F1 R0=00 R5=60",
	}, {
		.id = "V53",
		.name = "bytes_sent_during_a_break_are_lost",
		.tokens =
		"RST W3=03 W2=01 W1=02 R2=C2 W3=43 I=0 R5=F1 R0=00 R2=C1 I=0 W0=55 R5=60 I=1 R2=C2 W3=03 W0=66 R5=61 R0=66",
	}, {
		.id = "V54",
		.name = "a_break_behind_data_is_reported_when_it_gets_to_the_top",
		.tokens =
		"RST W3=03 W2=81 W1=04 W0=[41-42] W3=43 W3=03 I=0 R5=E1 R0=41 R5=E1 I=0 R0=42 I=1 R2=C6 R5=F1 I=0 R2=C1 R5=61 R0=00 R5=60",
	}, {
		.id = "V55",
		.name = "a_break_into_a_full_fifo_is_an_overrun",
		.tokens =
		"RST W3=03 W2=01 W0=[00-0F] W3=43 W3=03 R5=63 R0=[00-0F] R5=60",
	}, {
		.id = "V56",
		.name = "without_fifo_a_break_leaves_lsr_bit_7_clear",
		.tokens =
		"RST W3=03 W3=43 W3=03 R5=71 R5=61 R0=00 R5=60 W0=41 W3=43 W3=03 R5=73 R0=00 R5=60",
	}, {
		.id = "V57",
		.name = "break_bit_with_dlab_is_no_break",
		.tokens =
		"RST W3=03 W2=01 W3=E0 R5=60 W3=03 R5=60 W3=E0 W3=43 R5=F1 R0=00 W3=03 R5=60",
	}, {
		.id = "V58",
		.name = "dlab_toggled_within_a_break_does_not_repeat_it",
		.tokens =
		"RST W3=03 W2=01 W3=43 W3=C3 W3=43 R5=F1 R0=00 R5=60 W3=03",
	}, {
		.id = "V59",
		.name = "a_break_is_received_in_loop",
		.tokens =
		"RST W3=03 W2=01 W4=10 W3=43 W3=03 R5=F1 R0=00 R5=60",
	}, {
		.id = "V60",
		.name = "a_break_asks_as_line_status_before_timeout",
		.tokens =
		"RST W3=03 W2=81 W1=05 W3=43 W3=03 I=1 R2=C6 R5=F1 R2=CC R0=00 R2=C1 I=0",
	}, {
		.id = "V61",
		.name = "break_flag_outlives_its_character",
		.tokens =
		"RST W3=03 W2=01 W3=43 W3=03 R0=00 R5=70 R5=60",
	}, {
		.id = "V62",
		.name = "emptying_the_fifo_drops_the_break_and_keeps_the_overrun",
		.tokens =
		"RST W3=03 W2=01 W0=[00-10] W2=03 R5=62 R5=60 W3=43 W3=03 W2=07 R5=60",
	}, {
		.id = "V63",
		.name = "rts_drives_cts",
		.tokens =
		"RST W4=02 R6=11 R6=10 W4=00 R6=01 R6=00",
	}, {
		.id = "V64",
		.name = "dtr_drives_dsr_and_dcd",
		.tokens =
		"RST W4=01 R6=AA R6=A0 W4=00 R6=0A R6=00",
	}, {
		.id = "V65",
		.name = "out1_and_out2_are_not_on_the_plug",
		.tokens =
		"RST W4=0C R6=00 W4=04 R6=00 W4=00 R6=00",
	}, {
		.id = "V66",
		.name = "dtr_and_rts_raise_three_inputs_and_three_deltas",
		.tokens =
		"RST W4=08 R6=00 W4=0B R6=BB R6=B0",
	}, {
		.id = "V67",
		.name = "two_opposite_changes_leave_the_delta",
		.tokens =
		"RST W4=02 W4=00 R6=01 R6=00 W4=02 W4=00 W4=02 R6=11 R6=10",
	}, {
		.id = "V68",
		.name = "loop_routes_all_four_outputs",
		.tokens =
		"RST W4=12 R6=11 W4=11 R6=23 W4=14 R6=42 W4=18 R6=8C W4=1F R6=F3 W4=10 R6=0F W4=00 R6=00",
	}, {
		.id = "V69",
		.name = "loop_answers_the_drivers_line_test",
		.tokens =
		"RST W4=1A R6=99 W4=00 R6=09 R6=00",
	}, {
		.id = "V70",
		.name = "loop_with_equal_levels_gives_no_delta",
		.tokens =
		"RST W4=0B R6=BB W4=1B R6=B0 W4=0B R6=B0",
	}, {
		.id = "V71",
		.name = "only_the_fall_of_ri_is_a_delta",
		.tokens =
		"RST W4=14 R6=40 W4=04 R6=04 R6=00",
	}, {
		.id = "V72",
		.name = "a_byte_arrives_once_in_loop_and_survives_it",
		.tokens =
		"RST W3=03 W2=01 W4=10 W0=[30-3F] R5=61 R0=[30-3F] R5=60 W0=55 W4=00 R5=61 R0=55 R5=60",
	}, {
		.id = "V73",
		.name = "bytes_survive_the_way_into_loop",
		.tokens =
		"RST W3=03 W2=01 W0=[61-63] W4=10 W0=64 R0=[61-64] R5=60",
	}, {
		.id = "V74",
		.name = "all_four_sources_ask_in_loop",
		.tokens =
		"RST W3=03 W2=01 W1=0F W4=10 R2=C2 W0=41 R2=C4 R0=41 R2=C2 W4=12 R2=C0 R6=11 R2=C1 W0=[00-10] R2=C6 R5=63",
	}, {
		.id = "V75",
		.name = "rts_low_does_not_hold_the_transmitter",
		.tokens =
		"RST W3=03 W2=01 W4=20 R4=00 W0=41 R5=61 R0=41",
	}, {
		.id = "V76",
		.name = "a_request_is_one_message_without_out2",
		.tokens =
		"RST W1=02 I=1 L=1 M=1 R2=02 I=0 L=0 M=1",
	}, {
		.id = "V80",
		.name = "the_line_is_the_or_of_two_independent_ports",
		.tokens =
		"RST L=0 0:W1=02 L=1 1:W1=02 M=2 0:R2=02 L=1 1:R2=02 L=0 0:W7=11 1:W7=22 0:R7=11 1:R7=22 0:W3=03 0:W0=41 1:R5=60 0:R0=41",
	}, {
		.id = "V81",
		.name = "one_source_taking_over_from_another_sends_no_message",
		.tokens =
		"RST W3=03 W2=81 W1=03 M=1 R2=C2 I=0 W0=41 I=1 M=2 W0=[42-50] M=2 R0=[41-4F] I=1 R0=50 I=1 M=2 R2=C2 I=0 M=2",
	}, {
		.id = "V82",
		.name = "a_writer_that_nobody_reads_goes_on_and_overruns",
		.tokens =
		"RST W3=13 W2=81 W1=00 W0=[00-0F] R5=61 R5=61 W0=10 R5=63 R0=00 R5=61",
	}, {
		.id = "V85",
		.name = "uefi_sees_each_byte_gone_though_nobody_reads",
		.tokens =
		"RST W3=03 W2=07 W0=1B W0=5B R5=61 R0=1B R0=5B R5=60",
	}, {
		.id = "V86",
		.name = "freebsd_sizes_the_fifo_by_an_overrun_in_loop",
		.tokens =
		"RST R2=01 R4=00 W3=83 W0=01 W1=00 W3=03 W1=00 W2=00 W4=0B R2=01 R5=60 W4=1B W2=01 R2=C1 W2=07 R5=60 W0=00 R5=61 W0=00*15 R5=61 W0=00 R5=63",
	}, {
		.id = "V87",
		.name = "windows_finds_the_port",
		.tokens =
		"RST R3=00 W3=00 R1=00 W1=0F R1=0F R0=00 W3=80 R0=0C R1=00 W3=00 W1=00 W1=00 W4=00 W2=01 R2=C1 W2=00 R0=00 W2=C7 R2=C1",
	}, {
		.id = "V88",
		.name = "netbsd_finds_a_16550a_and_nothing_newer",
		.tokens =
		"RST W3=03 W2=C1 R2=C1 W3=BF W2=00 R2=01 W3=03 W2=01 W3=83 W2=21 R2=C1 W2=01 W3=03 R2=C1",
	}, {
		.id = "V89",
		.name = "openbsd_and_illumos_find_its_fifo",
		.tokens =
		"RST R3=00 W3=BF W2=00 W3=00 W2=01 R2=C1 W3=80 R2=C1 W3=BF R2=C1 W3=03 W2=C9 W4=10 W0=[00-10] R5=63",
	}, {
		.id = "V90",
		.name = "a_character_right_after_a_break_is_told_apart_from_it",
		.tokens =
		"RST W3=03 W2=81 W1=05 W3=43 W3=03 W0=68 R2=C6 R5=F1 R0=00 R5=61 R0=68 R5=60",
	}, {
		.id = "V91",
		.name = "a_break_does_not_hold_up_a_polled_writer",
		.tokens =
		"RST W3=03 W2=01 W3=43 R5=F1 W0=41 R5=61 R0=00 R5=60 W3=03",
	}, {
		.id = "T01",
		.name = "linux_autoconfig_finds_a_16550a",
		.tokens =
		"RST R1=00 W1=00 R1=00 W1=0F R1=0F W1=00 R4=00 R3=00 W3=BF W2=00 W3=00 W2=01 R2=C1 W3=00 W4=00 W2=01 W2=07 W2=00 R0=00 W1=00 I=0 R2=01 R5=60",
	}, {
		.id = "T02",
		.name = "linux_autoconfig_with_line_test_finds_a_16550a",
		.tokens =
		"RST R1=00 W1=00 R1=00 W1=0F R1=0F W1=00 R4=00 R3=00 W4=1A R6=99 W4=00 W3=BF W2=00 W3=00 W2=01 R2=C1 W3=00 W4=00 W2=01 W2=07 W2=00 R0=00 W1=00 R6=09",
	}, {
		.id = "T03",
		.name = "linux_variant_probes_find_no_other_chip",
		.tokens =
		"RST W3=BF W2=00 W3=00 W2=01 R2=C1 W3=80 R2=C1 W3=BF R2=C1 W3=00 R4=00 W3=E0 R2=C1 W3=00 W4=10 W3=E0 R2=C1 W3=00 W4=00 R5=60 W3=00 W2=21 R2=C1 W2=01 W3=80 W2=21 R2=C1 W2=01 W3=00 R1=00 W1=00 R1=00 W1=40 R1=00 W1=00",
	}, {
		.id = "T04",
		.name = "linux_size_fifo_counts_sixteen",
		.tokens =
		"RST W2=01 R3=00 W3=00 R2=C1 R4=00 W2=07 W4=10 W3=80 R0=0C R1=00 W0=01 W1=00 W3=03 W0=[00-FF] R5=63 R0=00 R5=61 R0=01 R5=61 R0=02 R5=61 R0=03 R5=61 R0=04 R5=61 R0=05 R5=61 R0=06 R5=61 R0=07 R5=61 R0=08 R5=61 R0=09 R5=61 R0=0A R5=61 R0=0B R5=61 R0=0C R5=61 R0=0D R5=61 R0=0E R5=61 R0=0F R5=60 W2=C1 W4=00 W3=80 W0=0C W1=00 W3=00 W4=00 W2=01 W2=07 W2=00 R0=00 W1=00 R5=60 R2=01",
	}, {
		.id = "T05",
		.name = "linux_startup_finds_no_bug",
		.tokens =
		"RST W4=00 W2=01 W2=07 W2=00 R5=60 R0=00 R2=01 R6=00 R5=60 R5=60 W1=02 R2=02 W1=00 W1=02 R2=02 W1=00 W3=03 W4=08 W1=02 R5=60 R2=02 W1=00 R5=60 R0=00 R2=01 R6=00 I=0",
	}, {
		.id = "T06",
		.name = "linux_set_termios_leaves_a_quiet_port",
		.tokens =
		"RST W4=08 W1=05 W3=93 W0=0C W1=00 W3=13 W2=01 W2=81 W4=08 W4=0B R6=BB R2=C1 R1=05 R5=60 I=0",
	}, {
		.id = "T07",
		.name = "linux_sends_one_byte_in_one_interrupt",
		.tokens =
		"RST W4=0B R6=BB W3=13 W2=81 W1=05 W1=07 I=1 M=1 R2=C2 R5=60 R6=B0 W0=41 W1=05 I=1 R2=CC R5=61 R0=41 R5=60 R6=B0 R2=C1 I=0 M=2",
	}, {
		.id = "T08",
		.name = "linux_sends_twenty_bytes_in_one_interrupt",
		.tokens =
		"RST W4=0B R6=BB W3=13 W2=81 W1=05 W1=07 R2=C2 R5=60 R6=B0 W0=[00-0F] I=1 R2=C4 R5=61 R0=00 R5=61 R0=01 R5=61 R0=02 R5=61 R0=03 R5=61 R0=04 R5=61 R0=05 R5=61 R0=06 R5=61 R0=07 R5=61 R0=08 R5=61 R0=09 R5=61 R0=0A R5=61 R0=0B R5=61 R0=0C R5=61 R0=0D R5=61 R0=0E R5=61 R0=0F R5=60 R6=B0 W0=[10-13] W1=05 R2=CC R5=61 R0=10 R5=61 R0=11 R5=61 R0=12 R5=61 R0=13 R5=60 R6=B0 R2=C1 I=0 M=2",
	}, {
		.id = "T09",
		.name = "linux_close_leaves_a_quiet_port",
		.tokens =
		"RST W4=0B R6=BB W3=13 W2=81 W1=05 W4=08 W1=00 W1=00 W4=00 R3=13 W3=13 W2=01 W2=07 W2=00 R0=00 R2=01 I=0 R6=0B",
	}, {
		.id = "T10",
		.name = "linux_break_arrives_as_one",
		.tokens =
		"RST W4=0B R6=BB W3=13 W2=81 W1=05 W3=53 I=1 R2=C6 R5=F1 R0=00 R5=60 R6=B0 R2=C1 I=0 W3=13 R2=C1 I=0",
	}, {
		.id = "T11",
		.name = "linux_reads_back_a_zero_divisor",
		.tokens =
		"RST R3=00 W3=80 R0=0C R1=00 W0=00 W1=00 R0=00 R1=00 W0=0C W1=00 W3=00 R3=00",
	}, {
		.id = "T12",
		.name = "linux_throttle_sees_cts_follow_rts",
		.tokens =
		"RST W4=0B R6=BB W3=13 W2=81 W1=0D W4=09 I=1 R2=C0 R5=60 R6=A1 R2=C1 I=0 W4=0B I=1 R2=C0 R5=60 R6=B1 R2=C1 I=0",
	}, {
		.id = "T13",
		.name = "linux_autoconfig_irq_gets_its_interrupt",
		.tokens =
		"RST R4=00 R1=00 W4=0C W4=00 W4=0B W1=0F I=1 R5=60 R0=00 R2=02 R6=BB I=0 W0=FF I=1 R2=04 W4=00 W1=00 I=0 R5=61",
	}, {
		.id = "T14",
		.name = "linux_trigger_change_empties_the_fifo",
		.tokens =
		"RST W3=13 W2=81 W0=[41-42] W2=01 W2=07 W2=00 W2=01 R5=60 R2=C1",
	}, {
		.id = "T15",
		.name = "linux_blocking_open_sees_carrier",
		.tokens =
		"RST W4=08 W1=0D W3=93 W0=0C W1=00 W3=13 W2=01 W2=81 W4=08 I=0 W4=0B I=1 R2=C0 R5=60 R6=BB R2=C1 I=0 W1=0D R6=B0",
	}, {
		.id = "T16",
		.name = "linux_tiocm_loop_still_loops_bytes",
		.tokens =
		"RST W4=0B R6=BB W3=13 W2=81 W1=05 W4=1B W1=07 R2=C2 R5=60 R6=B0 W0=5A W1=05 R2=CC R5=61 R0=5A R5=60 R6=B0 R2=C1 W4=0B R6=B0",
	}, {
		.id = "T17",
		.name = "linux_thre_test_sees_both_requests",
		.tokens =
		"RST W1=02 R2=02 W1=00 W1=02 R2=02 W1=00 I=0",
	},
};

#endif /* UART_VECTORS_H */
